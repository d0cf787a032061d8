package model

import (
	"fmt"
	"testing"
)

// TestOutcomes: what the end of the application, its exit code and the ends of its jobs say together.
func TestOutcomes(t *testing.T) {
	job := func(id, end int64, result string) (lines []string) {
		lines = []string{fmt.Sprintf(`{"Event":"SparkListenerJobStart","Job ID":%d,"Submission Time":2000,"Stage Infos":[],"Stage IDs":[],"Properties":{}}`, id)}
		if result != "" {
			lines = append(lines, fmt.Sprintf(`{"Event":"SparkListenerJobEnd","Job ID":%d,"Completion Time":%d,"Job Result":{"Result":%q}}`, id, end, result))
		}
		return lines
	}
	end := func(more string) []string {
		return []string{`{"Event":"SparkListenerApplicationEnd","Timestamp":9000` + more + `}`}
	}
	for name, one := range map[string]struct {
		lines           [][]string
		want            Outcome
		failed, stopped int
	}{
		"no job":                  {[][]string{end("")}, Done, 0, 0},
		"all succeeded":           {[][]string{job(0, 3000, "JobSucceeded"), end(`,"ExitCode":0`)}, Done, 0, 0},
		"one failed":              {[][]string{job(0, 3000, "JobFailed"), job(1, 4000, "JobSucceeded"), end("")}, Failures, 1, 0},
		"an exit code":            {[][]string{job(0, 3000, "JobFailed"), end(`,"ExitCode":1`)}, Failed, 1, 0},
		"cancelled by the end":    {[][]string{job(0, 0, ""), end(""), {`{"Event":"SparkListenerJobEnd","Job ID":0,"Completion Time":9000,"Job Result":{"Result":"JobFailed"}}`}}, Stopped, 0, 1},
		"a job without an end":    {[][]string{job(0, 0, ""), end(`,"ExitCode":0`)}, Stopped, 0, 1},
		"no end":                  {[][]string{job(0, 3000, "JobSucceeded")}, NoEnd, 0, 0},
		"no end, while a job ran": {[][]string{job(0, 0, "")}, NoEnd, 0, 1},
	} {
		lines := []string{`{"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"spark-1","Timestamp":1000,"User":"u"}`}
		for _, more := range one.lines {
			lines = append(lines, more...)
		}
		run := recorded(t, text(lines...)...)
		failed, stopped := run.FailedJobs()
		if run.Outcome != one.want || failed != one.failed || stopped != one.stopped {
			t.Errorf("%s: %s, %d failed, %d stopped", name, run.Outcome, failed, stopped)
		}
	}
}
