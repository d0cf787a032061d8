package patch

import "testing"

func TestFieldIsWrittenAsKubernetesDoes(t *testing.T) {
	for want, at := range map[string]Path{"": {}, "spec.containers[0].image": {"spec", "containers", "0", "image"}, "[1]": {"1"}, "env.-": {"env", "-"}} {
		if got := at.Field(); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}
