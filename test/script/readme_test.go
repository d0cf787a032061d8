package script

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the output that the README shows")

// TestTheReadmeShowsWhatTheCommandSays: a block that begins with "$ kubectl spark" holds the output of that command.
func TestTheReadmeShowsWhatTheCommandSays(t *testing.T) {
	t.Chdir("../..")
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const fence, prompt = "```\n", "$ kubectl spark "
	parts := strings.Split(string(raw), fence)
	shown := 0
	for i := 1; i < len(parts); i += 2 {
		line, output, _ := strings.Cut(parts[i], "\n")
		command, is := strings.CutPrefix(line, prompt)
		if !is {
			continue
		}
		shown++
		if before := strings.Count(strings.Join(parts[:i], fence), "\n"); shown == 1 && (before+strings.Count(parts[i], "\n") > 40 || strings.Count(output, "\n") < 10) {
			t.Errorf("the output of the first command is not on the first screen: %d lines, from line %d on", strings.Count(output, "\n"), before+1)
		}
		words, err := shellWords(command)
		if err != nil {
			t.Fatal(err)
		}
		_, out, errs := kubectlSpark(t, words...)
		if out+errs != output {
			t.Errorf("%s%s: the README shows\n%s\nand it says (-update writes it)\n%s%s", prompt, command, output, out, errs)
			parts[i] = line + "\n" + out + errs
		}
	}
	if shown == 0 {
		t.Error("the README shows no output")
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(strings.Join(parts, fence)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheReadmesCommandsHaveTheirFiles: a reader who pastes a command that reads files or logs has them.
func TestTheReadmesCommandsHaveTheirFiles(t *testing.T) {
	t.Chdir("../..")
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	logs := 0
	for line := range strings.Lines(string(raw)) {
		command, is := strings.CutPrefix(line, "kubectl spark ")
		command, _, _ = strings.Cut(command, "#")
		ofLog := strings.Contains(command, " --event-log=") || strings.Contains(command, " --fleet=")
		if !is || !ofLog && !strings.Contains(command, " -f ") && !strings.Contains(command, " -k ") {
			continue
		}
		words, err := shellWords(strings.TrimSpace(command))
		if err != nil {
			t.Fatal(err)
		}
		if code, out, errs := kubectlSpark(t, words...); code != 0 && (code != 1 || words[0] != "doctor") || out == "" {
			t.Errorf("%s: exit code %d\n%s%s", command, code, out, errs)
		}
		if ofLog {
			logs++
		}
	}
	if logs < 4 {
		t.Errorf("%d commands read event logs", logs)
	}
}
