package flags

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Settings is what tune is asked about, in the words of Selection: by the names of settings, too.
type Settings struct {
	Selection
}

// AddFlags adds the flags.
func (s *Settings) AddFlags(cmd *cobra.Command, complete Complete, codes Completion) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Only, "only", nil, "names of the settings to look at, or codes of rules about them (SPK-P006)")
	f.StringSliceVar(&s.Skip, "skip", nil, "names of settings to leave out, or codes of rules about them")
	f.StringSliceVar(&s.Areas, "area", nil, "areas of the rules about the settings; tune's is performance")
	_ = f.MarkHidden("area") // it is taken as doctor takes it, and can only be one; the flag was declared above
	f.StringVar(&s.level, "level", "", "lowest level that is shown: warning, or suggestion (default), which has what is worth a try")
	offered := func(cmd *cobra.Command, args []string, typed string) (words []string, _ cobra.ShellCompDirective) {
		all, directive := codes(cmd, args, typed)
		for _, word := range all {
			if code, _, _ := strings.Cut(word, "\t"); slices.Contains(tuner.Rules(), code) {
				words = append(words, word)
			}
		}
		for _, name := range tuner.Settings() {
			if strings.HasPrefix(name, typed) {
				words = append(words, name)
			}
		}
		return words, directive
	}
	for _, flag := range []string{"only", "skip"} {
		complete(cmd, flag, offered)
	}
	complete(cmd, "area", Values(string(rule.Performance)))
	Under(f, Sized, "only", "skip", "level")
	complete(cmd, "level", Values(rule.Warning.Word(), rule.Advice.Word()))
}

// Read spells names and codes as they are written, and gives an error for a value that is none.
func (s *Settings) Read(set *rule.Set) (err error) {
	for _, list := range []*[]string{&s.Only, &s.Skip} {
		for i, word := range *list {
			if (*list)[i], err = setting(set, word); err != nil {
				return err
			}
		}
	}
	for _, area := range s.Areas {
		if err := OneOf("area", area, areas()...); err != nil {
			return err
		}
	}
	if len(s.Areas) > 0 && !slices.Contains(s.Areas, string(rule.Performance)) {
		return fmt.Errorf("--area=%s: tune looks at settings of performance alone: kubectl spark doctor looks at the others", strings.Join(s.Areas, ","))
	}
	if level, known := rule.ParseLevel(s.level); s.level != "" && (!known || level == rule.Error) {
		return OneOf("level", s.level, rule.Warning.Word(), rule.Advice.Word())
	}
	return nil
}

// setting reads the name of a setting, or the code of a rule about settings, in any case.
func setting(set *rule.Set, word string) (string, error) {
	if strings.HasPrefix(strings.ToUpper(word), "SPK-") {
		known, err := code(set, word)
		if err == nil && !slices.Contains(tuner.Rules(), known) {
			err = fmt.Errorf("tune recommends no setting for %s: kubectl spark explain %[1]s says what to do", known)
		}
		return known, err
	}
	for _, name := range tuner.Settings() {
		if strings.EqualFold(name, word) {
			return name, nil
		}
	}
	if near := scene.Near(word, tuner.Settings()); len(near) > 0 {
		return "", fmt.Errorf("tune recommends no setting %q: did you mean %s?", word, strings.Join(near, " or "))
	}
	return "", fmt.Errorf("tune recommends no setting %q: it knows %s", word, strings.Join(tuner.Settings(), ", "))
}

// Leave says which settings stay as they are; nil: none. Sizes of executors are changed together, or not at all.
func (s *Settings) Leave(packing bool) (func(tuner.Setting) bool, error) {
	level, known := rule.ParseLevel(s.level)
	warnings := known && level == rule.Warning
	if len(s.Only)+len(s.Skip) == 0 && !warnings {
		return nil, nil
	}
	if packing && len(s.Only)+len(s.Skip) > 0 {
		return nil, errors.New("--goal=packing changes cores, memory and number of executors together: leave out --only and --skip")
	}
	names := func(list []string, one tuner.Setting) bool {
		return slices.ContainsFunc(list, func(word string) bool { return word == one.Name || slices.Contains(one.Rules, word) })
	}
	return func(one tuner.Setting) bool {
		return len(s.Only) > 0 && !names(s.Only, one) || names(s.Skip, one) || warnings && one.Verdict == tuner.Try
	}, nil
}

// Limits are the flags as they were given, to be pasted and to be said beside a result.
func (s *Settings) Limits() []string {
	words := s.Selection.Limits()
	if s.level != "" {
		words = append(words, "--level="+s.level)
	}
	return words
}
