package spark

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// EnvValue reads an environment variable of a container. Literal is false when the value comes from elsewhere
// (valueFrom) or refers to other variables by $(NAME), which the kubelet expands: value is empty then.
// Of a name that stands twice the last counts, as it does for the kubelet.
func EnvValue(c *corev1.Container, name string) (value string, literal, present bool) {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if c.Env[i].Name != name {
			continue
		}
		value, literal = Literal(&c.Env[i])
		return value, literal, true
	}
	return "", true, false
}

// Literal is the value of a variable, and whether it is all there: see EnvValue.
func Literal(e *corev1.EnvVar) (value string, literal bool) {
	if e.ValueFrom != nil {
		return "", false
	}
	return expandEnv(e.Value)
}

// EnvString is the literal value of a variable, or empty.
func EnvString(c *corev1.Container, name string) string {
	value, _, _ := EnvValue(c, name)
	return value
}

// expandEnv turns $$ into $ and reports whether the rest holds no reference.
func expandEnv(s string) (value string, literal bool) {
	if !strings.Contains(s, "$") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '$' && i+1 < len(s) {
			switch s[i+1] {
			case '$':
				b.WriteByte('$')
				i++
				continue
			case '(':
				if strings.IndexByte(s[i:], ')') > 0 {
					return "", false
				}
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), true
}
