package rule

import (
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Fact is the key of one kind of evidence about a subject, beyond its template. The package that owns the model declares
// it, once, in a variable:
//
//	var FactQuotas = rule.NewFact[[]Quota]("quotas")
//
// whoever gathers a subject puts the value (Put), and rules that list the key in Needs or Uses ask for it (Get).
type Fact[T any] struct{ name string }

// NewFact makes a key of its own: two of one name are two facts. The name is what a reason calls the fact.
func NewFact[T any](name string) *Fact[T] { return &Fact[T]{name} }

// String is the fact's name.
func (f *Fact[T]) String() string { return f.name }

func (f *Fact[T]) fact() {}

// Key is a Fact of any type.
type Key interface {
	String() string
	fact()
}

// What the engine itself looks at.
var (
	// FactConf is the workload's Spark configuration; its value stands in Input.Conf, for verbs change it.
	FactConf = NewFact[spark.Conf]("the Spark configuration")
	// FactImage are uid, Java, entrypoint and C library of the main container's image.
	FactImage = NewFact[spark.Image]("the facts of the image")
)

// Facts is what is known of a subject beyond its template and configuration. The zero value knows nothing.
type Facts struct{ known []known }

type known struct {
	key   Key
	value any
	part  bool
}

// Put says what is known of a subject. What was put for the key before is forgotten.
func Put[T any](f *Facts, key *Fact[T], value T) { f.put(known{key, value, false}) }

// PutPart says what is known, and that there is more: rules that use the fact are shown it as not known, and those that
// need it are skipped.
func PutPart[T any](f *Facts, key *Fact[T], value T) { f.put(known{key, value, true}) }

func (f *Facts) put(k known) {
	i := slices.IndexFunc(f.known, func(old known) bool { return old.key == k.key })
	rest := f.known[:len(f.known):len(f.known)] // a copy of an Input shares the list
	if i >= 0 {
		rest = slices.Delete(slices.Clone(rest), i, i+1)
	}
	f.known = append(rest, k)
}

func (f *Facts) get(key Key) (value any, whole bool) {
	for i := range f.known {
		if k := &f.known[i]; k.key == key {
			return k.value, !k.part
		}
	}
	return nil, false
}

// Known gives what was put for the key; known is false where nothing was, or only a part.
func Known[T any](f *Facts, key *Fact[T]) (value T, known bool) {
	v, known := f.get(key)
	value, _ = v.(T)
	return value, known
}

// Get gives a rule what is known of its subject. Where that is only a part, known is false, and value is the part. A rule
// that asks for what it lists in neither Needs nor Uses is mistaken, and its run fails.
func Get[T any](p AnyPass, key *Fact[T]) (value T, known bool) {
	in := &p.itself().run.in
	p.itself().asks(key)
	if Key(key) == FactConf {
		value, _ = any(in.Conf).(T)
		return value, in.Conf != nil
	}
	return Known(&in.Facts, key)
}

func (p *pass) asks(key Key) {
	if key == Key(FactImage) {
		p.run.asked |= askedImage
	}
	if !slices.Contains(p.rule.Needs, key) && !slices.Contains(p.rule.Uses, key) && p.rule.About != key {
		p.run.fail(fmt.Errorf("%s asks for fact %q and declares it in neither Needs nor Uses", p.rule.Code, key))
	}
}

// has says whether a fact is known.
func (in *Input) has(key Key) bool {
	if key == FactConf {
		return in.Conf != nil
	}
	_, known := in.get(key)
	return known
}
