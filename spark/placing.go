package spark

import "strings"

// ImageOf is the image that the configuration gives the pods of a role; "" where it names none.
func ImageOf(conf Conf, role Role) string {
	for _, key := range [...]string{"spark.kubernetes." + string(role) + ".container.image", "spark.kubernetes.container.image"} {
		if image, _ := conf.Get(key); image != "" {
			return image
		}
	}
	return ""
}

// NodeSelector is what the configuration asks of the nodes of a role's pods, label by label. What is said for the role
// wins over what is said for both (BasicDriverFeatureStep and BasicExecutorFeatureStep put it on last).
func NodeSelector(conf Conf, role Role) map[string]string {
	wanted := map[string]string{}
	for _, prefix := range [...]string{"spark.kubernetes.node.selector.", "spark.kubernetes." + string(role) + ".node.selector."} {
		for key, setting := range conf {
			if label, ok := strings.CutPrefix(key, prefix); ok {
				wanted[label] = setting.Value
			}
		}
	}
	return wanted
}
