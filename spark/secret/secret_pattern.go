package secret

import (
	"regexp"
	"sync"
)

// expression is a regular expression that is compiled when it is used first: all of the package's together take longer than most commands
// need, and most are never asked, for what they look for is looked for first.
type expression struct{ compiled func() *regexp.Regexp }

// expressions are all of them, for the test that compiles each.
var expressions []*expression

// pattern is the expression of a text.
func pattern(text string) *expression {
	e := &expression{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
	expressions = append(expressions, e)
	return e
}

func (e *expression) MatchString(text string) bool { return e.compiled().MatchString(text) }

func (e *expression) FindAllString(text string, n int) []string {
	return e.compiled().FindAllString(text, n)
}

func (e *expression) FindAllStringIndex(text string, n int) [][]int {
	return e.compiled().FindAllStringIndex(text, n)
}

func (e *expression) FindAllStringSubmatchIndex(text string, n int) [][]int {
	return e.compiled().FindAllStringSubmatchIndex(text, n)
}

func (e *expression) FindStringSubmatch(text string) []string {
	return e.compiled().FindStringSubmatch(text)
}

func (e *expression) FindStringSubmatchIndex(text string) []int {
	return e.compiled().FindStringSubmatchIndex(text)
}

func (e *expression) ReplaceAllString(text, by string) string {
	return e.compiled().ReplaceAllString(text, by)
}

func (e *expression) ReplaceAllStringFunc(text string, by func(string) string) string {
	return e.compiled().ReplaceAllStringFunc(text, by)
}
