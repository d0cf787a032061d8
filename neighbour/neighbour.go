// Package neighbour holds what stands beside workloads and decides about their pods: namespaces, quotas, limit ranges,
// accounts and their rights, Services and what leads to them, nodes and more. It is pure: package scene hands it the
// objects of files, package cluster those of a server. Start with Set; Put gives rules what it knows of one pod.
package neighbour

import (
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Ref names an object of a namespace; Namespace is "" for kinds without namespaces.
type Ref struct{ Namespace, Name string }

// Set is what is known of the neighbours. It tells what is absent from what was not read.
type Set struct {
	read map[kindScope]bool   // every object there was handed in
	cuts map[kindScope]string // why not every object there was

	namespaces map[string]*Namespace
	everywhere *rule.Marks // stands in for each that was not handed in; nil: none does
	quotas     map[string][]Quota
	limits     map[string][]LimitRange
	policies   map[string][]Policy
	objects    map[object]*Object
	rights     rights
	exposure   exposure
	nodes      []Node
	daemons    []corev1.PodSpec
	agents     []LogAgent
	servers    []LogUser // History Servers
	roomyMu    sync.Mutex
	roomy      []Node // nodes with what daemons take of them taken off; nil before it is asked for
	admission  admission
	monitors   monitors
	apiServer  []Endpoints
}

// kindScope is a kind in a namespace; kind "" stands for all kinds, namespace "" for all namespaces.
type kindScope struct{ kind, namespace string }

// New makes an empty Set.
func New() *Set {
	return &Set{
		read: map[kindScope]bool{}, cuts: map[kindScope]string{},
		namespaces: map[string]*Namespace{}, quotas: map[string][]Quota{}, limits: map[string][]LimitRange{}, policies: map[string][]Policy{},
		objects: map[object]*Object{}, rights: newRights(), exposure: exposure{named: map[Ref]*service{}, counts: map[string]int{}}, admission: newAdmission(),
	}
}

// Add takes an object in; one of a kind that is no neighbour changes nothing. An error says what is wrong in the object:
// its kind then counts as not read.
func (s *Set) Add(apiVersion, kind string, raw []byte) error {
	return s.AddDecoded(schema.FromAPIVersionAndKind(apiVersion, kind), func(into any) error { return kjson.Unmarshal(raw, into) })
}

// AddDecoded is Add for an object in any form: decode reads it into one of its type.
func (s *Set) AddDecoded(kind schema.GroupVersionKind, decode func(into any) error) error {
	take := s.decoderOf(kind)
	if take == nil {
		return nil
	}
	if _, err := patch.WrongType(nil, take(decode)); err != nil {
		s.Cut(kind.Kind, "", "an object of the kind cannot be read")
		return fmt.Errorf("%s: %w", kind.Kind, err)
	}
	return nil
}

// Whole says that every object of the kind in the namespace, "" for all, was or will be handed in: what is not among
// them does not exist.
func (s *Set) Whole(kind, namespace string) { s.read[kindScope{kind, namespace}] = true }

// Cut says that the kind, "" for all, could not be read, or not to its end, in the namespace, "" for all. What is not
// among the objects is unknown then.
func (s *Set) Cut(kind, namespace, reason string) {
	if at := (kindScope{kind, namespace}); s.cuts[at] == "" {
		s.cuts[at] = reason
	}
}

// cut is why the kind was not read in the namespace; "" where nothing is known to be missing.
func (s *Set) cut(kind, namespace string) string {
	for _, at := range [...]kindScope{{kind, namespace}, {kind, ""}, {"", namespace}, {"", ""}} {
		if reason := s.cuts[at]; reason != "" {
			return reason
		}
	}
	return ""
}

// whole says whether an object of the kind that is not among the Set's does not exist in the namespace.
func (s *Set) whole(kind, namespace string) bool {
	if s.cut(kind, namespace) != "" {
		return false
	}
	if s.read[kindScope{kind, namespace}] || s.read[kindScope{kind, ""}] {
		return true
	}
	// Files that bring the namespace itself bring what bounds it; all else may be made elsewhere.
	return len(s.read) == 0 && s.namespaces[namespace] != nil && (kind == "ResourceQuota" || kind == "LimitRange")
}

// List is what is known of one kind. Whole says that there is no more.
type List[T any] struct {
	Items []T
	Whole bool
}

// decodeInto decodes an object and hands it on.
func decodeInto[T any](take func(*T)) func(decode func(into any) error) error {
	return func(decode func(into any) error) error {
		one := new(T)
		if err := decode(one); err != nil {
			return err
		}
		take(one)
		return nil
	}
}
