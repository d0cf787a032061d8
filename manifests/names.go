package manifests

import (
	"encoding/json"
	"time"
)

// Names that install, uninstall, status and the server agree on.
const (
	WebhookName      = "00-kubectl-spark" // of the MutatingWebhookConfiguration
	DefaultNamespace = "kubectl-spark"
	ServiceName      = "spark-webhook"        // of the Service, the Deployment, the ServiceAccount and the roles
	ConfigName       = "spark-webhook"        // of the ConfigMap that the server goes by
	StatusName       = "spark-webhook-status" // of the ConfigMap in which each replica says what it did
	CASecret         = "kubectl-spark-ca"     // of the Secret in which replicas share their certificate authority
	CertSecret       = "spark-webhook-tls"    // of the Secret that cert-manager writes
	CertManagerCA    = "spark-webhook-ca"     // of the Certificate and the Secret of the authority that cert-manager makes
	Path             = "/mutate"
)

// DefaultPriorityClass keeps the server's pods where nodes are full: every cluster has it.
const DefaultPriorityClass = "system-cluster-critical"

// Field managers. Each writes its own fields only, so that none takes away what another wrote.
const (
	FieldManager = "kubectl-spark"       // install's
	CertsManager = "kubectl-spark-certs" // the server's, which owns the CA bundles
	PauseManager = "kubectl-spark-pause" // owns the condition that stops every edit
	LearnManager = "kubectl-spark-learn" // owns LearnedKey of the settings
)

// Labels and annotations of the objects.
const (
	PartOfLabel         = "app.kubernetes.io/part-of" // FieldManager on everything that install makes
	NameLabel           = "app.kubernetes.io/name"    // ServiceName on everything that install makes
	NamespaceAnnotation = "kubectl-spark.io/namespace"
	APIServerAnnotation = "kubectl-spark.io/api-server"   // on the NetworkPolicy: Given where a user named the sources
	CAAnnotation        = "kubectl-spark.io/ca"           // on the webhook configuration: Given where a user gave the bundle
	SinceAnnotation     = "kubectl-spark.io/active-since" // when edits were last switched on again, RFC 3339
	ProbeAnnotation     = "kubectl-spark.io/probe"        // on a pod of a dry run: asks the server to say who it is
)

// Given is the value of APIServerAnnotation and CAAnnotation.
const Given = "given"

// APIVersion of the settings.
const APIVersion = "kubectl-spark.io/v1alpha1"

// Keys of the ConfigMap ConfigName. Together they are the settings.
const (
	APIVersionKey = "apiVersion" // APIVersion
	ProfileKey    = "profile"    // safe, standard or restricted
	ModeKey       = "mode"       // ModeInject or ModeShadow
	ImagesKey     = "images"     // facts of private images, a YAML list or a mapping images; the user's own
	// LearnedKey holds facts that kubectl spark images --learn read from images, in the form of ImagesKey. What stands in ImagesKey counts before.
	LearnedKey = "learnedImages"
)

// The modes.
const (
	ModeInject = "inject"
	ModeShadow = "shadow" // nothing is changed; what would be is counted and said
)

// ProbeWarning begins the warning with which the server answers a pod that carries ProbeAnnotation. A Probe follows.
const ProbeWarning = "kubectl-spark probe "

// Probe is what one replica says of itself.
type Probe struct {
	Replica     string    `json:"replica"`
	Version     string    `json:"version"`
	Revision    string    `json:"revision"`           // of the rules
	Settings    string    `json:"settings,omitempty"` // revision of the settings that serve
	Profile     string    `json:"profile"`            // that held for the pod
	Mode        string    `json:"mode"`
	Edits       int       `json:"edits"` // made, or in shadow mode wanted
	Refused     int       `json:"refused"`
	Certificate time.Time `json:"certificate"`       // end of the serving certificate
	Trouble     string    `json:"trouble,omitempty"` // why the pod was left as it is, other than that it needed nothing
}

// Replica is what a replica writes into the ConfigMap StatusName under its own name, every now and then.
type Replica struct {
	Version     string           `json:"version"`
	Revision    string           `json:"revision"`
	Settings    string           `json:"settings,omitempty"` // revision of the settings that serve
	Ready       bool             `json:"ready"`
	NotReady    string           `json:"notReady,omitempty"` // why
	Profile     string           `json:"profile"`
	Mode        string           `json:"mode"`
	Started     time.Time        `json:"started"`
	Seen        time.Time        `json:"seen"`
	Certificate time.Time        `json:"certificate"`
	Config      string           `json:"config,omitempty"` // what is wrong with the ConfigMap
	Limits      string           `json:"limits,omitempty"` // what keeps ResourceQuotas and LimitRanges from being read
	Results     map[string]int64 `json:"results,omitempty"`
	Edits       map[string]int64 `json:"edits,omitempty"`       // by code
	ShadowEdits map[string]int64 `json:"shadowEdits,omitempty"` // by code, wanted and not made
	Refusals    map[string]int64 `json:"refusals,omitempty"`    // by code and reason, with a blank between
}

// Encode writes it as one line of JSON.
func (r *Replica) Encode() string {
	text, _ := json.Marshal(r) // strings, numbers and times can be written
	return string(text)
}
