package prediction

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestTheReadmeHasTheNumbersOfTheCode: the page that explains the formulas names what they compute with.
func TestTheReadmeHasTheNumbersOfTheCode(t *testing.T) {
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(raw)), " ")
	percent := func(x float64) string { return fmt.Sprintf("%g %%", x*100) }
	for _, want := range []string{
		"Then " + percent(noise) + " are added on each side, and " + percent(noiseByTwice) + " for each doubling or halving",
		percent(mostNoise) + " at most. More cores add " + fmt.Sprint(driverWork) + " ms for each stage",
		"More tasks in one heap add " + percent(lessMemory) + " above for each doubling",
		fmt.Sprintf("T(N) <= %g T(N with a core for every task, %d at most)", kneeAbove, mostUseful),
		fmt.Sprintf("reads more than %g times the usual bytes", large),
		fmt.Sprintf("whose tasks are within %s of the formula", percent(offBy)),
		fmt.Sprintf("%d ms of each task stay", fixedPart),
		fmt.Sprintf("gives %d s (estimate)", usualTakes/1000),
		"| none is lost | " + percent(widerLost) + " wider on each side |",
		percent(widerCopies) + " and the share of copies (" + percent(mostCopies) + " at most)",
		"(" + percent(mostFailed) + " at most) wider on each side",
		"all have the median | " + percent(widerSizes) + " wider",
		"The interval is " + percent(widerDynamic) + " wider on each side",
		fmt.Sprintf("%d s at most. | Spark: `KubernetesClusterSchedulerBackend.minRegisteredRatio`", longestWait/1000),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}
