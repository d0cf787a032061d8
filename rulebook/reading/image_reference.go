package reading

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ImageSource is an image that a subject certainly runs and what says so: a key of the configuration, else the template.
type ImageSource struct {
	Text       string
	Reference  spark.Reference
	Key        string
	PullPolicy string // of pulling; "" where nothing says it
}

// Where is what to set for another image: the key, or the container's field.
func (s ImageSource) Where(p rule.Pass) string {
	if s.Key != "" {
		return s.Key
	}
	if p.Role().Job() {
		return "the image" // of the pod, or of the resource that makes it
	}
	return "the image of container " + p.Main().Name
}

// NamedImage is the image of the subject's main container. Spark puts the configured image over the template's. ok is false
// where none is known, where it holds a variable, and for executors with the driver's image, whose finding it is.
func NamedImage(p rule.Pass) (source ImageSource, ok bool) {
	conf, _ := p.Conf()
	own, ownKey := ConfiguredImage(conf, p.Role())
	if p.Role() == spark.Executor {
		if driver, _ := ConfiguredImage(conf, spark.Driver); own != "" && own == driver && !p.Identity().Client {
			return ImageSource{}, false
		}
	}
	source.PullPolicy, _ = conf.Get("spark.kubernetes.container.image.pullPolicy")
	if c := p.Main(); c != nil && (RunsAsShown(p) || own == "") {
		source.Text, source.PullPolicy = c.Image, string(c.ImagePullPolicy)
	} else {
		source.Text, source.Key = own, ownKey
	}
	source.Reference, ok = spark.ParseReference(source.Text)
	return source, ok && !strings.ContainsAny(source.Text, "${}<>%")
}

// ConfiguredImage is what the configuration says of a role's image: its own key, else the common one.
func ConfiguredImage(conf spark.Conf, role spark.Role) (image, key string) {
	if role == spark.Connect || role == spark.Thrift {
		role = spark.Driver
	}
	for _, key := range [...]string{"spark.kubernetes." + string(role) + ".container.image", "spark.kubernetes.container.image"} {
		if image, set := conf.Get(key); set && image != "" && (role.Job() || role == "") {
			return image, key
		}
	}
	return "", ""
}

// ReportImage makes a finding where the image is named.
func ReportImage(p *rule.WorkloadPass, source ImageSource, format string, args ...any) {
	if source.Key != "" {
		p.ReportConf(source.Key, format, args...)
		return
	}
	p.Report(p.At("image"), format, args...)
}
