//go:build unix

package terminal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const question = "Fix it? [y]es, [n]o, [e]xplain, [a]ll, [q]uit, [?]: "

// copied is a copy of a faulty file, and its text.
func copied(t *testing.T) (name string, text []byte) {
	t.Helper()
	text, err := os.ReadFile(faulty + "kubeflow.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name = filepath.Join(t.TempDir(), "kubeflow.yaml")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name, text
}

// asked runs fix -i --write on a copy of a faulty file, and answers the questions as a person does, each once it is asked.
func asked(t *testing.T, answers ...string) (s *session, code int, before, after []byte) {
	t.Helper()
	name, before := copied(t)
	s = start(t, 100, nil, "fix", "-i", "--write", "-f", name)
	for i, answer := range answers {
		s.awaitTimes(question, i+1)
		if _, err := s.near.WriteString(answer); err != nil {
			t.Fatal(err)
		}
	}
	code = s.end()
	after, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(name), "*")); err != nil || len(left) != 1 || left[0] != name {
		t.Errorf("%q: %v stay behind, %v", answers, left, err)
	}
	return s, code, before, after
}

// withoutAsking is what fix --write makes of the same file.
func withoutAsking(t *testing.T) []byte {
	t.Helper()
	name, _ := copied(t)
	s := start(t, 100, nil, "fix", "--write", "-f", name)
	if code := s.end(); code != 0 {
		t.Fatalf("exit code %d: %s", code, s.text())
	}
	after, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// TestAllAndYesDoWhatFixDoes on a terminal, byte for byte.
func TestAllAndYesDoWhatFixDoes(t *testing.T) {
	want := withoutAsking(t)
	if s, code, _, after := asked(t, "a\n"); code != 0 || !bytes.Equal(after, want) {
		t.Errorf("all: exit code %d, %s\n%s", code, s.text(), after)
	}
	if s, code, _, after := asked(t, "yes\n", "ALL\n"); code != 0 || !bytes.Equal(after, want) {
		t.Errorf("yes and all: exit code %d, %s\n%s", code, s.text(), after)
	}
}

// TestNoAndQuitLeaveWhatTheyWereAskedAbout: one finding is declined and the others are fixed, or the rest is left.
func TestNoAndQuitLeaveWhatTheyWereAskedAbout(t *testing.T) {
	want := withoutAsking(t)
	s, code, before, after := asked(t, "n\n", "a\n")
	if code != 0 || bytes.Equal(after, want) || bytes.Equal(after, before) || !strings.Contains(s.text(), "declined") {
		t.Errorf("no and all: exit code %d, %s\n%s", code, s.text(), after)
	}
	if s, code, before, after := asked(t, "q\n"); code != 0 || !bytes.Equal(after, before) || !strings.Contains(s.text(), "nothing was fixed") {
		t.Errorf("quit: exit code %d, %s", code, s.text())
	}
	if s, code, before, after := asked(t, "y\n", "q\n"); code != 0 || bytes.Equal(after, before) || bytes.Equal(after, want) || !strings.Contains(s.text(), "declined") {
		t.Errorf("yes and quit: exit code %d, %s", code, s.text())
	}
}

// TestExplainShowsTheRuleAndAsksAgain, and so does a word that is no answer.
func TestExplainShowsTheRuleAndAsksAgain(t *testing.T) {
	s, code, before, after := asked(t, "e\n", "what\n", "q\n")
	if code != 0 || !bytes.Equal(after, before) || !strings.Contains(s.text(), "What to do") || !strings.Contains(s.text(), `"what" is not an answer`) || strings.Count(s.text(), question) != 3 {
		t.Errorf("exit code %d, %s", code, s.text())
	}
}

// TestTheEndOfTheInputQuits: Ctrl-D at the beginning of a line.
func TestTheEndOfTheInputQuits(t *testing.T) {
	if s, code, before, after := asked(t, "\x04"); code != 0 || !bytes.Equal(after, before) || !strings.Contains(s.text(), "nothing was fixed") {
		t.Errorf("exit code %d, %s", code, s.text())
	}
	if s, code, before, after := asked(t, "y\n", "\x04"); code != 0 || bytes.Equal(after, before) || !strings.Contains(s.text(), "declined") {
		t.Errorf("behind a yes: exit code %d, %s", code, s.text())
	}
}

// TestCtrlCAtAQuestionWritesNothing, whatever was answered before.
func TestCtrlCAtAQuestionWritesNothing(t *testing.T) {
	for _, answers := range [][]string{{"\x03"}, {"y\n", "\x03"}, {"e\n", "\x03"}} {
		s, code, before, after := asked(t, answers...)
		if lines := s.lines(); code != 130 || !bytes.Equal(after, before) || lines[len(lines)-1] != "error: interrupted" {
			t.Errorf("%q: exit code %d, the last line is %q\n%s", answers, code, lines[len(lines)-1], after)
		}
	}
}
