// Package flags holds what several commands ask in the same words: which rules, and values out of a few.
package flags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// Selection is which rules run, and the lowest level that is shown or fixed.
type Selection struct {
	Only, Skip, Areas []string
	level             string
	all               bool
}

// AddFlags adds the flags; done says in one word what happens to the findings.
func (s *Selection) AddFlags(cmd *cobra.Command, done string, complete Complete, codes Completion) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Only, "only", nil, "codes of the rules to run, or codes with a part (SPK-S011/seccomp)")
	f.StringSliceVar(&s.Skip, "skip", nil, "codes of rules to leave out, or codes with a part")
	f.StringSliceVar(&s.Areas, "area", nil, "areas of the rules to run: "+strings.Join(areas(), ", "))
	f.StringVar(&s.level, "level", "", "lowest level that is "+done+": error, warning (default) or suggestion")
	f.BoolVar(&s.all, "all", false, "short for --level=suggestion")
	for _, flag := range []string{"only", "skip"} {
		complete(cmd, flag, codes)
	}
	complete(cmd, "area", Values(areas()...))
	Under(f, Rules, "only", "skip", "area", "level", "all")
	complete(cmd, "level", Values(Levels()...))
}

// Levels are the words for levels.
func Levels() (words []string) {
	for _, level := range rule.Levels() {
		words = append(words, level.Word())
	}
	return words
}

func areas() (names []string) {
	for _, area := range rule.Areas() {
		names = append(names, string(area))
	}
	return names
}

// Read spells the codes as rules do, and gives an error for a value that is none.
func (s *Selection) Read(set *rule.Set) (err error) {
	for _, list := range []*[]string{&s.Only, &s.Skip} {
		for i, word := range *list {
			if (*list)[i], err = code(set, word); err != nil {
				return err
			}
		}
	}
	for _, area := range s.Areas {
		if err := OneOf("area", area, areas()...); err != nil {
			return err
		}
	}
	if level, _ := rule.ParseLevel(s.level); s.all && s.level != "" && level != rule.Advice {
		return fmt.Errorf("--all is --level=suggestion, and --level=%s is given: give one of both", s.level)
	}
	if _, known := rule.ParseLevel(s.level); s.level != "" && !known {
		return OneOf("level", s.level, Levels()...)
	}
	return nil
}

// code reads a code, or a code with a part, in any case.
func code(set *rule.Set, word string) (string, error) {
	name, part, has := strings.Cut(word, "/")
	known := set.Rule(strings.ToUpper(name))
	switch {
	case known == nil:
		return "", scene.NoRule(set, word)
	case !has:
		return known.Code, nil
	case set.Rule(known.Code+"/"+part) == nil:
		return "", fmt.Errorf("%s has no part %q: kubectl spark explain %s lists its parts", known.Code, part, known.Code)
	}
	return known.Code + "/" + part, nil
}

// Lowest is the lowest level that is shown or fixed. Rules that are named are asked for whatever their level.
func (s *Selection) Lowest() rule.Level {
	level, known := rule.ParseLevel(s.level)
	switch {
	case s.all, !known && len(s.Only) > 0:
		return rule.Advice
	case !known:
		return rule.Warning
	}
	return level
}

// Narrow limits what a run asks for to the rules that are selected.
func (s *Selection) Narrow(want scene.Wanted) scene.Wanted {
	want.Skip = s.Skip
	if len(s.Only)+len(s.Areas)+len(s.Skip) == 0 {
		return want
	}
	want.Only = []string{}
	for _, r := range want.Set.Rules() {
		if slices.Contains(s.Skip, r.Code) || len(s.Areas) > 0 && !slices.Contains(s.Areas, string(r.Area)) {
			continue
		}
		if len(s.Only) == 0 {
			want.Only = append(want.Only, r.Code)
		}
		for _, word := range s.Only {
			if name, _, _ := strings.Cut(word, "/"); name == r.Code {
				want.Only = append(want.Only, word)
			}
		}
	}
	return want
}

// Limits are the flags that leave rules out, to be pasted and to be said beside a result.
func (s *Selection) Limits() (words []string) {
	for _, flag := range []struct {
		name   string
		values []string
	}{{"only", s.Only}, {"skip", s.Skip}, {"area", s.Areas}} {
		if len(flag.values) > 0 {
			words = append(words, "--"+flag.name+"="+change.Quote(strings.Join(flag.values, ",")))
		}
	}
	return words
}
