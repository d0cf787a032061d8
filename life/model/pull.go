package model

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Pull is one pull of an image by a kubelet, as its Event tells.
type Pull struct {
	Namespace, Pod string
	Image          string        // as the pod names it
	Took           time.Duration // of the pull alone
	Waited         time.Duration // with the wait for other pulls of the node
	Bytes          int64         // of the image, as the kubelet gives it; 0: not known
	At             time.Time
}

// FactPulls are the pulls of the images of a workload's pods.
var FactPulls = rule.NewFact[[]Pull]("the Events of image pulls")

// Pulled is the reason of Events about images that were pulled, or that the node had already.
const Pulled = "Pulled"

// pullForm is what the kubelet says (pkg/kubelet/images/image_manager.go). Before 1.29 it gives no size.
var pullForm = regexp.MustCompile(`^Successfully pulled image "([^"]+)" in ([0-9a-zµ.]+)(?: \(([0-9a-zµ.]+) including waiting\))?(?:\. Image size: ([0-9]+) bytes)?`)

// PullOf reads a pull from an Event. One about an image that the node had already is none.
func PullOf(e *Event) (Pull, bool) {
	m := pullForm.FindStringSubmatch(e.Message)
	if e.Reason != Pulled || e.Kind != "Pod" || m == nil {
		return Pull{}, false
	}
	p := Pull{Namespace: e.Namespace, Pod: e.Name, Image: m[1], At: e.At}
	var err error
	if p.Took, err = time.ParseDuration(m[2]); err != nil || p.Took < 0 {
		return Pull{}, false
	}
	if p.Waited, err = time.ParseDuration(m[3]); err != nil || p.Waited < p.Took {
		p.Waited = p.Took
	}
	p.Bytes, _ = strconv.ParseInt(m[4], 10, 64) // 0 where it is not known
	return p, true
}

// maxPulls bounds the pulls that are held.
const maxPulls = 20000

// addPull holds a pull.
func (e *Events) addPull(one *Event) {
	p, is := PullOf(one)
	switch {
	case !is:
	case e.pulled >= maxPulls:
		e.Full = true
	default:
		key := [2]string{p.Namespace, Stem(p.Pod)}
		e.pulls[key] = append(e.pulls[key], p)
		e.pulled++
	}
}

// Pulls are the pulls that a function names, the longest first.
func (e *Events) Pulls(is func(*Pull) bool) (all []Pull) {
	for _, some := range e.pulls {
		for i := range some {
			if is(&some[i]) {
				all = append(all, some[i])
			}
		}
	}
	longest(all)
	return all
}

// PullsOf are the pulls for pods of these names, and for other executors of their applications, the longest first.
func (e *Events) PullsOf(namespace string, pods []string) (all []Pull) {
	if len(e.pulls) == 0 {
		return nil
	}
	seen := map[string]bool{}
	for _, name := range pods {
		if stem := Stem(name); !seen[stem] {
			seen[stem] = true
			all = append(all, e.pulls[[2]string{namespace, stem}]...)
		}
	}
	longest(all)
	return all
}

func longest(all []Pull) {
	slices.SortStableFunc(all, func(a, b Pull) int { return cmp.Or(cmp.Compare(b.Waited, a.Waited), cmp.Compare(a.Pod, b.Pod)) })
}

var stemForm = regexp.MustCompile(`^(.+-exec-)[0-9]+$`)

// Stem is what the names of an application's executors have in common; of other pods the name.
func Stem(name string) string {
	if m := stemForm.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// DigestOf is the digest of the image that a container runs, by the pod's status; "" where that does not say it.
func DigestOf(status *corev1.PodStatus, container string) string {
	for i := range status.ContainerStatuses {
		if one := &status.ContainerStatuses[i]; one.Name == container {
			_, digest, _ := strings.Cut(one.ImageID, "@")
			return digest
		}
	}
	return ""
}
