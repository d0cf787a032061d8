package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestALineIsSearchedInVainOnce: a line of many arrays, none followed by what Spark writes, takes time by its length alone.
func TestALineIsSearchedInVainOnce(t *testing.T) {
	s := scanner{b: []byte(`[1][2,3]`)}
	s.jump([]byte(`x`), 0)
	s.jump([]byte(`2`), 0)
	if s.bad || s.i != len(s.b) {
		t.Errorf("stands at %d of %d, bad %v", s.i, len(s.b), s.bad)
	}
}

// TestLongNamesAreNotKept: of names that are longer than any that Spark writes nothing or a part stays.
func TestLongNamesAreNotKept(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	r := NewRecorder()
	resources := ""
	for i := range 2 * maxResources {
		resources += `"` + itoa(i) + `":{"Resource Name":"` + itoa(i) + `","Amount":1},`
	}
	for _, line := range []string{
		`{"Event":"SparkListenerExecutorAdded","Timestamp":1,"Executor ID":"` + long + `","Executor Info":{"Total Cores":1}}`,
		`{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":{"spark.executor.` + long + `":"1","spark.executor.cores":"` + long + `"}}`,
		`{"Event":"SparkListenerResourceProfileAdded","Resource Profile Id":1,"Executor Resource Requests":{` + strings.TrimSuffix(resources, ",") + `}}`,
	} {
		if err := r.Record([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	for id := range r.executors {
		if len(id) > maxWords {
			t.Errorf("an id of %d bytes is kept", len(id))
		}
	}
	run := r.Run()
	if len(run.Spark) != 1 || len(run.Spark["spark.executor.cores"]) != maxProperty {
		t.Errorf("%d properties", len(run.Spark))
	}
	if len(run.Profiles) != 1 || len(run.Profiles[0].Executor) != maxResources {
		t.Errorf("%d resources", len(run.Profiles[0].Executor))
	}
}

// TestNoSecretIsCutOpen: where a text is cut within a secret, the part before the cut is not shown.
func TestNoSecretIsCutOpen(t *testing.T) {
	pad := strings.Repeat("y", maxWords-40)
	url := pad + " https://someone:hunter2" + strings.Repeat("z", 60) + "@host/x"
	run := recorded(t, text(
		`{"Event":"SparkListenerApplicationStart","App Name":"`+url+`","App ID":"`+url+`","Timestamp":1000}`,
		`{"Event":"SparkListenerExecutorRemoved","Timestamp":8000,"Executor ID":"1","Removed Reason":"`+url+`"}`,
		`{"Event":"SparkListenerSQLExecutionStart","executionId":0,"description":"`+url+`","time":1}`,
		`{"Event":"SparkListenerSQLExecutionEnd","executionId":0,"time":2,"errorMessage":"`+url+`"}`,
		`{"Event":"SparkListenerStageSubmitted","Stage Info":{"Stage ID":0,"Stage Attempt ID":0,"Stage Name":"load https://someone:hunter2@host/x"}}`,
		`{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":{"spark.kubernetes.driver.service.annotation.a":"hunter2","spark.kubernetes.driver.service.label.a":"hunter2"}}`,
		`{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task End Reason":{"Reason":"ExceptionFailure","Class Name":"a","Description":"`+url+`"},"Task Info":{"Launch Time":1,"Executor ID":"1","Finish Time":2}}`)...)
	out, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(string(out), "hunter"); i >= 0 {
		t.Errorf("%s", out[max(i-50, 0):i+20])
	}
}

// TestTheTellingLineIsKept: of a failure in Python the exception, and of a container why it ended.
func TestTheTellingLineIsKept(t *testing.T) {
	for in, want := range map[string]string{
		"one\ntwo": "one",
		"Traceback (most recent call last):\n  File x\nValueError: no number\n":                                                                          "ValueError: no number",
		"[PYTHON_EXCEPTION] An exception was thrown from the Python worker: Traceback (most recent call last):\n  File x\nMemoryError\n SQLSTATE: 38000": "MemoryError",
		"exited with exit code 137.\n\n\n\t container name: a\n\t termination reason: OOMKilled\n\t more: x":                                             "exited with exit code 137. termination reason: OOMKilled",
	} {
		if got := words([]byte(in)); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestTasksAreCountedAsSparkCounts: one that is resubmitted had succeeded, and one whose commit was denied is killed.
func TestTasksAreCountedAsSparkCounts(t *testing.T) {
	end := func(reason string) string {
		return `{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task End Reason":{"Reason":"` + reason + `"},"Task Info":{"Launch Time":1000,"Executor ID":"1","Finish Time":2000},"Task Metrics":{"Executor Run Time":900}}`
	}
	run := recorded(t, text(end("Success"), end("Resubmitted"), end("TaskCommitDenied"))...)
	want := Tasks{Succeeded: 1, Killed: 1, Resubmitted: 1}
	if run.Tasks != want || run.Stages[0].Tasks != want || run.Each[0].Tasks != want || run.Totals.RunMillis != 1800 || len(run.Failures) != 1 {
		t.Errorf("%+v", run)
	}
}

// TestTheDriverIsSampledByHeartbeats, and what nobody sampled is said.
func TestTheDriverIsSampledByHeartbeats(t *testing.T) {
	beat := `{"Event":"SparkListenerExecutorMetricsUpdate","Executor ID":"driver","Metrics Updated":[],"Executor Metrics Updated":[{"Stage ID":-1,"Stage Attempt ID":-1,"Executor Metrics":{"JVMHeapMemory":7}},{"Stage ID":-1,"Stage Attempt ID":-1,"Executor Metrics":{"JVMHeapMemory":5}}]}`
	properties := `{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":{"spark.eventLog.logStageExecutorMetrics":"true","spark.executor.processTreeMetrics.enabled":"true"}}`
	added := `{"Event":"SparkListenerExecutorAdded","Timestamp":1,"Executor ID":"1","Executor Info":{"Total Cores":1}}`
	lost := `{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task End Reason":{"Reason":"ExecutorLostFailure"},"Task Info":{"Launch Time":1000,"Executor ID":"1","Finish Time":2000},"Task Executor Metrics":{"JVMHeapMemory":3}}`
	fine := `{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task End Reason":{"Reason":"Success"},"Task Info":{"Launch Time":1000,"Executor ID":"1","Finish Time":2000},"Task Metrics":{"Executor Run Time":1}}`
	said := func(lines ...string) string {
		var all []string
		for _, m := range recorded(t, text(lines...)...).Missing {
			all = append(all, m.What)
		}
		return strings.Join(all, "\n")
	}
	run := recorded(t, text(beat, properties, added, lost)...)
	if run.Driver == nil || run.Driver.Peaks[PeakHeap] != 7 {
		t.Errorf("%+v", run.Driver)
	}
	with, without := said(beat, properties, added, lost, fine), said(properties, added)
	if strings.Contains(with, "of the driver") || !strings.Contains(said(properties, fine), "memory of the driver") {
		t.Errorf("the driver: %s", with)
	}
	for _, want := range []string{"the metrics of 1 task that was lost", "the memory that 1 task took", "it is on, and was never sampled"} {
		if !strings.Contains(with, want) {
			t.Errorf("%s is not said: %s", want, with)
		}
	}
	if !strings.HasSuffix(without, "tasks: none has ended") {
		t.Errorf("without tasks: %s", without)
	}
}

// readNumbers are events with all numbers that are read of them, each a 7.
var readNumbers = []string{
	`{"Event":"SparkListenerApplicationEnd","Timestamp":7,"ExitCode":7}`,
	`{"Event":"SparkListenerResourceProfileAdded","Resource Profile Id":7,"Executor Resource Requests":{"cores":{"Resource Name":"cores","Amount":7}},"Task Resource Requests":{}}`,
	`{"Event":"SparkListenerExecutorAdded","Timestamp":7,"Executor ID":"1","Executor Info":{"Total Cores":7,"Resource Profile Id":7}}`,
	`{"Event":"SparkListenerExecutorRemoved","Timestamp":7,"Executor ID":"1","Removed Reason":"x"}`,
	`{"Event":"SparkListenerBlockManagerAdded","Block Manager ID":{"Executor ID":"1"},"Maximum Memory":7,"Timestamp":7,"Maximum Onheap Memory":7,"Maximum Offheap Memory":7}`,
	`{"Event":"SparkListenerExecutorMetricsUpdate","Executor ID":"driver","Metrics Updated":[],"Executor Metrics Updated":[{"Executor Metrics":{"JVMHeapMemory":7}}]}`,
	`{"Event":"SparkListenerStageExecutorMetrics","Executor ID":"1","Executor Metrics":{"JVMHeapMemory":7,"ProcessTreeOtherRSSMemory":7,"ConcurrentGCTime":7}}`,
	`{"Event":"SparkListenerJobStart","Job ID":7,"Submission Time":7,"Stage Infos":[],"Stage IDs":[1],"Properties":{}}`,
	`{"Event":"SparkListenerJobEnd","Job ID":7,"Completion Time":7,"Job Result":{"Result":"JobSucceeded"}}`,
	`{"Event":"SparkListenerStageSubmitted","Stage Info":{"Stage ID":7,"Stage Attempt ID":7,"Stage Name":"x","Number of Tasks":7,"Submission Time":7,"Resource Profile Id":7}}`,
	`{"Event":"SparkListenerStageCompleted","Stage Info":{"Stage ID":7,"Stage Attempt ID":7,"Stage Name":"x","Number of Tasks":7,"Submission Time":7,"Completion Time":7,"Resource Profile Id":7}}`,
	`{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","executionId":7,"description":"x","time":7}`,
	`{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd","executionId":7,"time":7}`,
	`{"Event":"SparkListenerTaskEnd","Stage ID":7,"Stage Attempt ID":7,"Task End Reason":{"Reason":"Success"},"Task Info":{"Launch Time":7,"Executor ID":"1","Getting Result Time":7,"Finish Time":7},"Task Executor Metrics":{"JVMHeapMemory":7},` +
		`"Task Metrics":{"Executor Deserialize Time":7,"Executor Run Time":7,"Executor CPU Time":7,"Peak Execution Memory":7,"Result Size":7,"JVM GC Time":7,"Result Serialization Time":7,"Memory Bytes Spilled":7,"Disk Bytes Spilled":7,` +
		`"Shuffle Read Metrics":{"Fetch Wait Time":7,"Remote Bytes Read":7},"Shuffle Write Metrics":{"Shuffle Bytes Written":7},"Input Metrics":{"Bytes Read":7},"Output Metrics":{"Bytes Written":7}}}`,
}

// TestEveryNumberThatIsReadHasBounds: one that no run has makes the event one that is refused, by its field, and nothing of it is counted.
func TestEveryNumberThatIsReadHasBounds(t *testing.T) {
	member := regexp.MustCompile(`"([A-Za-z ]+)":7\b`)
	n := 0
	for _, line := range readNumbers {
		for _, at := range member.FindAllStringSubmatchIndex(line, -1) {
			field := line[at[2]:at[3]]
			for _, number := range []string{"5" + strings.Repeat("0", 18), strings.Repeat("9", 30), "-7000000000000", "1e300", "2.5E99", "NaN", "Infinity", "-Infinity"} {
				r := NewRecorder()
				err := r.Record([]byte(line[:at[3]+2] + number + line[at[1]:]))
				var refused *NumberError
				if !errors.As(err, &refused) || refused.Field != field || refused.Event == "" {
					t.Errorf("%s with %s: %v", field, number, err)
				}
				if got, want := fmt.Sprintf("%+v", r.Run()), fmt.Sprintf("%+v", NewRecorder().Run()); got != want {
					t.Errorf("%s with %s is counted: %s", field, number, got)
				}
				n++
			}
		}
		r := NewRecorder()
		if err := r.Record([]byte(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if n < 8*45 {
		t.Errorf("only %d numbers were tried", n)
	}
	// What is not known.
	run := recorded(t, text(strings.NewReplacer(`"JVMHeapMemory":7`, `"JVMHeapMemory":-1`, `"Getting Result Time":7`, `"Getting Result Time":-1`).Replace(readNumbers[len(readNumbers)-1]))...)
	if run.Tasks.Succeeded != 1 || len(run.Each) != 1 || len(run.Each[0].Peaks) != 0 {
		t.Errorf("%+v", run)
	}
}
