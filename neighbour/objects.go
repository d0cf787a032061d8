package neighbour

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

type object struct {
	kind string
	Ref
}

// Object is one that pods name: a ConfigMap, a Secret, a ServiceAccount, a PersistentVolumeClaim, a StorageClass. Of what
// it holds only the keys are kept, never a value.
type Object struct {
	keys    map[string]bool // nil: not known
	account *Account
}

// FactAccounts answers which ServiceAccounts the namespace has, where a server was asked or files hold some.
var FactAccounts = rule.NewFact[Objects]("the ServiceAccounts")

// accounted says whether anything tells which ServiceAccounts a namespace has.
func (s *Set) accounted(namespace string) bool {
	if s.whole("ServiceAccount", namespace) || s.cut("ServiceAccount", namespace) != "" {
		return true
	}
	for at := range s.objects {
		if at.kind == "ServiceAccount" && at.Namespace == namespace {
			return true
		}
	}
	return false
}

// Account is what a ServiceAccount says of the pods that use it.
type Account struct {
	Automount   *bool // nil: it does not say
	PullSecrets []string
	Identity    map[string]string // the annotations by which a cloud gives the pods rights
}

// identities are the annotations of a ServiceAccount that name an account of a cloud: AWS, Google, Azure.
var identities = []string{"eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id"}

// keep takes in which object there is, and its keys.
func (s *Set) keep(kind string) func(*kept) {
	return func(o *kept) {
		keys := map[string]bool{}
		for _, held := range [...]map[string]json.RawMessage{o.Data, o.BinaryData, o.StringData} {
			for key := range held {
				keys[key] = true
			}
		}
		s.objects[object{kind, Ref{o.Metadata.Namespace, o.Metadata.Name}}] = &Object{keys: keys}
	}
}

type kept struct {
	Metadata   metav1.ObjectMeta          `json:"metadata"`
	Data       map[string]json.RawMessage `json:"data"`
	BinaryData map[string]json.RawMessage `json:"binaryData"`
	StringData map[string]json.RawMessage `json:"stringData"`
}

// Named takes in that an object exists of which only the name was read.
func (s *Set) Named(kind, namespace, name string) {
	if at := (object{kind, Ref{namespace, name}}); s.objects[at] == nil {
		s.objects[at] = &Object{}
	}
}

func (s *Set) addAccount(a *corev1.ServiceAccount) {
	account := &Account{Automount: a.AutomountServiceAccountToken}
	for _, secret := range a.ImagePullSecrets {
		account.PullSecrets = append(account.PullSecrets, secret.Name)
	}
	for _, key := range identities {
		if value := a.Annotations[key]; value != "" {
			if account.Identity == nil {
				account.Identity = map[string]string{}
			}
			account.Identity[key] = value
		}
	}
	s.objects[object{"ServiceAccount", Ref{a.Namespace, a.Name}}] = &Object{account: account}
}

// Objects answers which objects a namespace has. Its zero value knows none.
type Objects struct {
	set       *Set
	namespace string
}

// Namespace is the one.
func (o Objects) Namespace() string { return o.namespace }

// Has says whether there is an object of a kind: ConfigMap, Secret, ServiceAccount, PersistentVolumeClaim, StorageClass.
func (o Objects) Has(kind, name string) spark.Answer {
	if o.set == nil {
		return spark.Unknown
	}
	at := object{kind, Ref{o.namespace, name}}
	if kind == "StorageClass" {
		at.Namespace = ""
	}
	switch { // every namespace is given these two
	case o.set.objects[at] != nil, kind == "ServiceAccount" && name == "default", kind == "ConfigMap" && name == "kube-root-ca.crt":
		return spark.Yes
	case o.set.whole(kind, at.Namespace):
		return spark.No
	}
	return spark.Unknown
}

// HasKey says whether a ConfigMap or Secret has a key; unknown where the object or its keys are.
func (o Objects) HasKey(kind, name, key string) spark.Answer {
	if o.set == nil {
		return spark.Unknown
	}
	held := o.set.objects[object{kind, Ref{o.namespace, name}}]
	if held == nil || held.keys == nil {
		return spark.Unknown
	}
	return spark.AnswerOf(held.keys[key])
}

// Account is what a ServiceAccount says; nil where it was not read.
func (o Objects) Account(name string) *Account {
	if o.set == nil {
		return nil
	}
	if held := o.set.objects[object{"ServiceAccount", Ref{o.namespace, name}}]; held != nil {
		return held.account
	}
	return nil
}

// Why is why objects of a kind could not be read; "" where nothing failed.
func (o Objects) Why(kind string) string {
	if o.set == nil {
		return ""
	}
	return o.set.cut(kind, o.namespace)
}
