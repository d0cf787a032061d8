package rulebook

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// imageSource is an image that a subject certainly runs and what says so: a key of the configuration, else the template.
type imageSource struct {
	text   string
	ref    spark.Reference
	key    string
	policy string // of pulling; "" where nothing says it
}

// imageNamed is the image of the subject's main container. Spark puts the configured image over the template's. ok is false
// where none is known, where it holds a variable, and for executors with the driver's image, whose finding it is.
func imageNamed(p *rule.Pass) (source imageSource, ok bool) {
	conf, _ := p.Conf()
	own, ownKey := configuredImage(conf, p.Role())
	if p.Role() == spark.Executor {
		if driver, _ := configuredImage(conf, spark.Driver); own != "" && own == driver && !p.Identity().Client {
			return imageSource{}, false
		}
	}
	source.policy, _ = conf.Get("spark.kubernetes.container.image.pullPolicy")
	if c := p.Main(); c != nil && (made(p) || own == "") {
		source.text, source.policy = c.Image, string(c.ImagePullPolicy)
	} else {
		source.text, source.key = own, ownKey
	}
	source.ref, ok = spark.ParseReference(source.text)
	return source, ok && !strings.ContainsAny(source.text, "${}<>%")
}

// configuredImage is what the configuration says of a role's image: its own key, else the common one.
func configuredImage(conf spark.Conf, role spark.Role) (image, key string) {
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

// reportImage makes a finding where the image is named.
func reportImage(p *rule.Pass, source imageSource, format string, args ...any) {
	if source.key != "" {
		p.ReportConf(source.key, format, args...)
		return
	}
	p.Report(p.At("image"), format, args...)
}
