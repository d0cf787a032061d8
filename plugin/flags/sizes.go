package flags

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/prediction"
)

// Sizes are what a run is predicted for, and what the prediction is held to.
type Sizes struct {
	// Wanted is what is predicted; its executors are nil where none were asked for.
	prediction.Wanted
	// MaxRuntime is how long the prediction may take at most; 0 for any time.
	MaxRuntime time.Duration
	// Baseline are the logs that the run is compared with, and MaxRegression how many percent more it may take; nil for any.
	Baseline      []string
	MaxRegression *float64

	executors, cores, heaps, runtime, regression string
	cpuHour, gibHour                             string
}

// mostSizes is how many sizes may be asked for at once.
const mostSizes = 100

// AddFlags adds the flags.
func (s *Sizes) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&s.executors, "executors", "", "with --event-log: predict the run with these numbers of executors, such as `1,2,4,8`. With dynamic allocation they are upper bounds")
	f.StringVar(&s.cores, "executor-cores", "", "with --executors: cores of each executor, such as `2,4` (default: those of the run)")
	f.StringVar(&s.heaps, "executor-memory", "", "with --executors: bounds for other heaps of executors, such as `2g,8g`")
	f.StringVar(&s.cpuHour, "price-cpu-hour", "", "with --event-log: `PRICE` of a processor for an hour, in any currency")
	f.StringVar(&s.gibHour, "price-gib-hour", "", "with --event-log: `PRICE` of a GiB of memory for an hour, in the same currency")
	f.StringVar(&s.runtime, "max-runtime", "", "with --executors: exit with 1 if the upper bound of a prediction is longer than this `TIME`, such as 30m")
	f.StringArrayVar(&s.Baseline, "baseline", nil, "with --event-log: compare time and cost of the run with those of an earlier `LOG`; of several the median counts (repeat the flag)")
	f.StringVar(&s.regression, "max-regression", "", "with --baseline: exit with 1 if time or cost are more than this `PERCENT` above the baseline")
	Under(f, Predicted, "executor-cores", "executor-memory", "price-cpu-hour", "price-gib-hour", "max-runtime", "baseline", "max-regression")
}

// needs are the flags that need another one, with the reason.
var needs = []struct{ flag, other, why string }{
	{"executor-cores", "executors", "--executor-cores predicts a run with other executors: give --executors, as 1,2,4,8"},
	{"executor-memory", "executors", "--executor-memory gives bounds for a predicted run: give --executors, as 1,2,4,8"},
	{"max-runtime", "executors", "--max-runtime limits a predicted run: give --executors, as 1,2,4,8"},
	{"executors", "event-log", "--executors predicts from a run: give its log with --event-log or --history-server"},
	{"max-regression", "baseline", "--max-regression compares with a baseline: give logs of earlier runs with --baseline"},
	{"baseline", "event-log", "--baseline compares a run: give its log with --event-log or --history-server"},
	{"price-cpu-hour", "event-log", "--price-cpu-hour prices a run: give its log with --event-log or --history-server"},
	{"price-gib-hour", "event-log", "--price-gib-hour prices a run: give its log with --event-log or --history-server"},
}

// LogOnly are the flags that have a meaning for one event log only.
func LogOnly() (all []string) {
	for _, one := range needs {
		all = append(all, one.flag)
	}
	return all
}

// Read reads the flags; changed says which were given.
func (s *Sizes) Read(changed func(flag string) bool) (err error) {
	for _, one := range needs {
		if changed(one.flag) && !changed(one.other) && !changed("backtest") && !changed("fleet") && !(one.other == "event-log" && changed("history-server")) {
			return errors.New(one.why)
		}
	}
	if changed("executors") {
		if s.Executors, err = numbers("executors", "a number of executors", s.executors, "1,2,4,8"); err != nil {
			return err
		}
	}
	if changed("executor-cores") {
		if s.Cores, err = numbers("executor-cores", "a number of cores", s.cores, "2,4"); err != nil {
			return err
		}
	}
	if changed("executor-memory") {
		if s.Heaps, err = heaps(s.heaps); err != nil {
			return err
		}
	}
	if len(s.Executors)*max(len(s.Cores), 1)*max(len(s.Heaps), 1) > mostSizes {
		return fmt.Errorf("--executors: at most %d sizes are predicted at once, with their cores and heaps", mostSizes)
	}
	if changed("max-runtime") {
		if s.MaxRuntime, err = time.ParseDuration(strings.TrimSpace(s.runtime)); err != nil || s.MaxRuntime <= 0 {
			return fmt.Errorf("--max-runtime=%s: must be a time above 0, as 30m or 1h30m", s.runtime)
		}
	}
	if changed("max-regression") {
		x, err := number("max-regression", strings.TrimSuffix(strings.TrimSpace(s.regression), "%"), "a number of percent from 0 on, as 10")
		if err != nil {
			return err
		}
		s.MaxRegression = &x
	}
	if changed("price-cpu-hour") {
		if s.Prices.CPUHour, err = number("price-cpu-hour", s.cpuHour, "a number from 0 on, as 0.04"); err != nil {
			return err
		}
	}
	if changed("price-gib-hour") {
		s.Prices.GiBHour, err = number("price-gib-hour", s.gibHour, "a number from 0 on, as 0.005")
	}
	return err
}

func number(flag, text, form string) (float64, error) {
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(x >= 0) || math.IsInf(x, 0) || x > 1e9 {
		return 0, fmt.Errorf("--%s=%s: must be %s", flag, text, form)
	}
	return x, nil
}

// numbers reads a list of whole numbers.
func numbers(flag, what, text, form string) (all []int, err error) {
	for _, word := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > prediction.Most {
			return nil, fmt.Errorf("--%s=%s: %q is not %s from 1 to %d; write them as %s", flag, text, strings.TrimSpace(word), what, prediction.Most, form)
		}
		all = append(all, n)
	}
	return all, nil
}

// heaps reads a list of sizes.
func heaps(text string) (all []int64, err error) {
	for _, word := range strings.Split(text, ",") {
		n, err := prediction.ParseHeap(strings.TrimSpace(word))
		if err != nil {
			return nil, fmt.Errorf("--executor-memory=%s: %w; write them as 2g,8g", text, err)
		}
		all = append(all, n)
	}
	return all, nil
}
