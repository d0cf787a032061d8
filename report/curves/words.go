package curves

import (
	"fmt"
	"math"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

func span(seconds float64) string { return layout.Span(seconds) }

// number leaves three digits that say something.
func number(x float64) string {
	digits := 3
	switch {
	case x > 0 && x < .01:
		digits = 5
	case x >= 10:
		digits = 1
	case x >= 1:
		digits = 2
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

// amount is a number of bytes.
func amount(n int64) string {
	if n == 0 {
		return "0"
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := min(int(math.Log2(math.Abs(float64(n)))/10), len(units)-1)
	x := float64(n) / math.Pow(1024, float64(i))
	if i == 0 || x >= 100 {
		return fmt.Sprintf("%.0f %s", x, units[i])
	}
	return fmt.Sprintf("%.1f %s", x, units[i])
}
