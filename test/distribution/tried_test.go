package distribution

import (
	"slices"
	"testing"
)

// TestWhatIsTriedDoesNotDependOnTheMachine: the two versions always, and what is asked for by name, once.
func TestWhatIsTriedDoesNotDependOnTheMachine(t *testing.T) {
	t.Setenv(sparkDirEnv, t.TempDir())
	for also, want := range map[string][]string{
		"":                    {"3.5.9", "4.3.0"},
		"4.1.4, 3.5.9 ,4.1.4": {"3.5.9", "4.3.0", "4.1.4"},
		",3.3.4,4.2.1,":       {"3.5.9", "4.3.0", "3.3.4", "4.2.1"},
	} {
		if got, err := versions(also); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", also, got, err, want)
		}
	}
	for _, also := range []string{"all", "4.1", "4.x.1", "../../etc"} {
		if got, err := versions(also); err == nil {
			t.Errorf("%q: %v", also, got)
		}
	}
}
