package help_test

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// helpOf is what --help prints of every command that is shown, by its path.
func helpOf(t *testing.T) (all map[string]string, commands map[string]*cobra.Command) {
	t.Helper()
	all, commands = map[string]string{}, map[string]*cobra.Command{}
	var out bytes.Buffer
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || slices.Contains([]string{"bash", "zsh", "fish", "powershell"}, c.Name()) {
			return
		}
		out.Reset()
		c.InitDefaultHelpFlag()
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		all[c.CommandPath()], commands[c.CommandPath()] = out.String(), c
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(plugin.New(genericiooptions.IOStreams{In: &out, Out: &out, ErrOut: &out}, rulebook.New, "test"))
	if len(all) < 15 {
		t.Fatalf("%d commands", len(all))
	}
	return all, commands
}

// examples are the lines of help that can be copied: they are not broken.
func withoutExamples(text string) string {
	before, after, has := strings.Cut(text, "\nExamples:\n")
	if !has {
		return text
	}
	_, after, _ = strings.Cut(after, "\n\nFlags:\n")
	return before + "\n" + after
}

func TestHelpTakesTheWidth(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		t.Setenv("COLUMNS", strconv.Itoa(width))
		all, _ := helpOf(t)
		for path, text := range all {
			for line := range strings.Lines(withoutExamples(text)) {
				if n := len(strings.TrimRight(line, "\n")); n > width && !strings.HasPrefix(strings.TrimSpace(line), "kubectl spark ") {
					t.Errorf("%s at %d columns has a line of %d: %q", path, width, n, line)
				}
			}
		}
	}
}

// TestHelpNamesEveryFlagOnce: a heading loses none, and lists no more than a reader takes in.
func TestHelpNamesEveryFlagOnce(t *testing.T) {
	const most = 12
	all, commands := helpOf(t)
	for path, c := range commands {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			want := 1
			if f.Hidden {
				want = 0
			}
			got := 0
			for line := range strings.Lines(all[path]) {
				if listed := regexp.MustCompile(`^(      |  -\w, )--` + f.Name + `([ \[\n]|$)`); listed.MatchString(line) {
					got++
				}
			}
			if got != want {
				t.Errorf("%s: --%s is listed %d times", path, f.Name, got)
			}
		})
		for _, section := range flags.Sections(c.LocalFlags()) {
			n := 0
			section.Flags.VisitAll(func(*pflag.Flag) { n++ })
			if n > most {
				t.Errorf("%s: %d flags under %s", path, n, section.Heading)
			}
		}
	}
}

// TestTheFlagsThatMatterStandFirst, and on the first screen of tune stand what it goes by and how to call it.
func TestTheFlagsThatMatterStandFirst(t *testing.T) {
	_, commands := helpOf(t)
	for command, want := range map[string]string{
		"doctor": "all all-namespaces filename help output", "fix": "all all-namespaces apply filename help interactive output write", "tune": "apply event-log executors filename help output",
		"install": "help image pause resume shadow",
	} {
		var names []string
		flags.Sections(commands["kubectl spark "+command].LocalFlags())[0].Flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s first, want %s", command, got, want)
		}
	}
}
