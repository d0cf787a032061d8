package rule

import (
	"fmt"
	"strings"
)

// Labels and annotations by which users steer injection.
const (
	InjectLabel       = Prefix + "inject"
	ProfileAnnotation = Prefix + "profile"
	WantAnnotation    = Prefix + "want"
	SkipAnnotation    = Prefix + "skip"
	ImageAnnotation   = Prefix + "image"
)

// Settings says what is wanted of a subject.
type Settings struct {
	Disabled bool // the pod or its namespace opted out
	Profile  Profile
	Want     []string // codes, or codes with a part, beyond the profile
	Skip     []string // codes, or codes with a part, not to apply
	Only     []string // codes, or codes with a part, that a run is limited to; nil: all
}

// asks says whether a run that is limited to some codes asks for this one, or for a part of it.
func (s *Settings) asks(code string) bool {
	for _, only := range s.Only {
		if c, _, _ := strings.Cut(only, "/"); c == code {
			return true
		}
	}
	return s.Only == nil
}

// Marks are the labels and annotations of an object: of a pod, or of its namespace.
type Marks struct {
	Labels      map[string]string
	Annotations map[string]string
}

// Resolve gives the settings that hold for a pod: its own profile before its namespace's before the default, want
// and skip of both together. A label disables; an enabled pod in a disabled namespace stays enabled.
// Values that mean nothing are ignored and named in problems.
func Resolve(pod, namespace Marks, fallback Profile) (s Settings, problems []string) {
	s.Profile = fallback
	for _, m := range []Marks{namespace, pod} {
		switch v := m.Labels[InjectLabel]; v {
		case "":
		case "enabled", "disabled":
			s.Disabled = v == "disabled"
		default:
			problems = append(problems, fmt.Sprintf("label %s=%q is neither enabled nor disabled", InjectLabel, v))
		}
		if v := m.Annotations[ProfileAnnotation]; v != "" {
			if p, ok := ParseProfile(v); ok {
				s.Profile = p
			} else {
				problems = append(problems, fmt.Sprintf("annotation %s=%q is none of safe, standard, restricted", ProfileAnnotation, v))
			}
		}
		s.Want = append(s.Want, codes(m.Annotations[WantAnnotation])...)
		s.Skip = append(s.Skip, codes(m.Annotations[SkipAnnotation])...)
	}
	return s, problems
}

func codes(list string) (out []string) {
	if list == "" {
		return nil
	}
	for _, code := range strings.Split(list, ",") {
		if code = strings.TrimSpace(code); code != "" {
			out = append(out, code)
		}
	}
	return out
}
