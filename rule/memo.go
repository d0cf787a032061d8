package rule

import (
	"reflect"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Memo is what several rules make of the environment of a subject's main container and of its configuration. It is made
// once, and again after a verb has changed one of them.
type Memo[T any] struct{ make func(Pass) T }

// NewMemo gives a Memo. What make returns is shared: nobody may change it.
func NewMemo[T any](make func(Pass) T) *Memo[T] { return &Memo[T]{make} }

// Of is the memo's value for the pass's subject as it is now.
func (m *Memo[T]) Of(p Pass) T {
	r := p.itself().run
	if memo, made := r.memos[m]; made && (memo.asked == 0 || !r.supposing) {
		r.asked |= memo.asked
		return memo.value.(T)
	}
	before := r.asked
	r.asked = 0
	value := m.make(p)
	if r.memos == nil {
		r.memos = map[any]memoized{}
	}
	if r.asked == 0 || !r.supposing {
		r.memos[m] = memoized{value, r.asked}
	}
	r.asked |= before
	return value
}

// memoized is the value of a memo, and what was asked for to make it.
type memoized struct {
	value any
	asked asked
}

var jvmOptions = NewMemo(func(p Pass) *JVMOptions {
	options := &JVMOptions{Options: spark.JVMOptions(p.Main(), p.Role())}
	if len(options.Tokens) > fewTokens {
		options.keys = make(map[string]bool, len(options.Tokens))
		for _, token := range options.Tokens {
			options.keys[spark.OptionKey(token)] = true
		}
	}
	return options
})

// fewTokens are looked through faster than their keys are gathered.
const fewTokens = 64

// JVMOptions are the options of a role's JVM that its container shows; see spark.JVMOptions.
type JVMOptions struct {
	spark.Options
	keys map[string]bool
}

// Has says whether an option with the key is among them; see spark.OptionKey.
func (o *JVMOptions) Has(key string) bool {
	if o.keys == nil {
		return o.Options.Has(key)
	}
	return o.keys[key]
}

// JVMOptions are the options that the main container shows. There must be a template.
func (p reader) JVMOptions() *JVMOptions { return jvmOptions.Of(p) }

// holdConf makes another configuration the subject's.
func (r *run) holdConf(conf spark.Conf) {
	if reflect.ValueOf(r.in.Conf).Pointer() != reflect.ValueOf(conf).Pointer() {
		clear(r.memos)
	}
	r.in.Conf = conf
}
