// Package events writes event logs for tests and benchmarks: the events that Spark 4 writes, with its fields in its order, of an
// application of any size. Start reading at Write.
package events

import (
	"bufio"
	"fmt"
	"io"
)

// Shape is the size of an application.
type Shape struct {
	ID        string // of the application
	Executors int
	Stages    int
	Tasks     int // of each stage
	// Accumulators is how many updates each task carries; of a query they are most of the log.
	Accumulators int
	// Open leaves the application's end out.
	Open bool
}

// Start is when the application starts, in milliseconds.
const Start = 1_760_000_000_000

// Write writes the log of an application. Each stage's tasks take 100 ms and more, the last one of each stage five times the others;
// every fifteenth task fails once.
func Write(w io.Writer, s Shape) error {
	if s.ID == "" {
		s.ID = "spark-0123456789abcdef"
	}
	b := bufio.NewWriterSize(w, 1<<16)
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line(`{"Event":"SparkListenerLogStart","Spark Version":"4.3.0"}`)
	line(`{"Event":"SparkListenerResourceProfileAdded","Resource Profile Id":0,"Executor Resource Requests":{"cores":{"Resource Name":"cores","Amount":2,"Discovery Script":"","Vendor":""},"memory":{"Resource Name":"memory","Amount":2048,"Discovery Script":"","Vendor":""},"offHeap":{"Resource Name":"offHeap","Amount":0,"Discovery Script":"","Vendor":""}},"Task Resource Requests":{"cpus":{"Resource Name":"cpus","Amount":1.0}}}`)
	line(`{"Event":"SparkListenerBlockManagerAdded","Block Manager ID":{"Executor ID":"driver","Host":"driver-svc.team.svc","Port":7079},"Maximum Memory":455501414,"Timestamp":%d,"Maximum Onheap Memory":455501414,"Maximum Offheap Memory":0}`, Start+10)
	line(`{"Event":"SparkListenerEnvironmentUpdate","JVM Information":{"Java Home":"/opt/java","Java Version":"17.0.15 (Debian)","Scala Version":"version 2.13.16"},"Spark Properties":{"spark.executor.memory":"2g","spark.executor.cores":"2","spark.executor.instances":"%d","spark.app.name":"orders","spark.hadoop.fs.s3a.secret.key":"wJalrXUtnFEMIbPxRfiCYzzzAKEYzzzzQ7Mk2vB8","spark.executor.extraJavaOptions":"-XX:+UseG1GC -Dpassword=t0ps3cretw0rd"},"Hadoop Properties":{"fs.defaultFS":"file:///"},"System Properties":{"java.vm.name":"OpenJDK 64-Bit Server VM","os.arch":"amd64","user.name":"somebody"},"Metrics Properties":{},"Classpath Entries":{"/opt/spark/jars/x.jar":"System Classpath"}}`, s.Executors)
	line(`{"Event":"SparkListenerApplicationStart","App Name":"orders","App ID":"%s","Timestamp":%d,"User":"somebody"}`, s.ID, Start)
	for i := range s.Executors {
		line(`{"Event":"SparkListenerExecutorAdded","Timestamp":%d,"Executor ID":"%d","Executor Info":{"Host":"10.0.0.%d","Total Cores":2,"Log Urls":{},"Attributes":{},"Resources":{},"Resource Profile Id":0,"Registration Time":%[1]d,"Request Time":%[4]d}}`, Start+2000, i+1, i+1, Start+500)
		line(`{"Event":"SparkListenerBlockManagerAdded","Block Manager ID":{"Executor ID":"%d","Host":"10.0.0.%[1]d","Port":7079},"Maximum Memory":1073741824,"Timestamp":%d,"Maximum Onheap Memory":1073741824,"Maximum Offheap Memory":0}`, i+1, Start+2100)
	}
	line(`{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","executionId":0,"rootExecutionId":0,"description":"count at orders.py:12","details":"org.apache.spark.sql.Dataset.count(Dataset.scala:1)\npy4j","physicalPlanDescription":"== Physical Plan ==\n* \"Project\" (1)\n","sparkPlanInfo":{"nodeName":"WholeStageCodegen (1)","simpleString":"x","children":[{"nodeName":"Scan","simpleString":"[a]","children":[],"metadata":{},"metrics":[]}],"metadata":{},"metrics":[{"name":"duration","accumulatorId":7,"metricType":"timing"}]},"time":%d,"modifiedConfigs":{},"jobTags":[],"jobGroupId":null}`, Start+2200)
	now := int64(Start + 3000)
	task := 0
	for stage := range s.Stages {
		info := fmt.Sprintf(`{"Stage ID":%d,"Stage Attempt ID":0,"Stage Name":"count at orders.py:12","Number of Tasks":%d,"RDD Info":[{"RDD ID":%[1]d,"Name":"MapPartitionsRDD","Scope":"{\"id\":\"1\",\"name\":\"Exchange\"}","Callsite":"count","Parent IDs":[0],"Storage Level":{"Use Disk":false,"Use Memory":false,"Use Off Heap":false,"Deserialized":false,"Replication":1},"Barrier":false,"DeterministicLevel":"DETERMINATE","Number of Partitions":2,"Number of Cached Partitions":0,"Memory Size":0,"Disk Size":0}],"Parent IDs":%[3]s,"Details":"org.apache.spark.sql.Dataset.count(Dataset.scala:1)\njava.base/java.lang.Thread.run","Submission Time":%[4]d`, stage, s.Tasks, parents(stage), now)
		line(`{"Event":"SparkListenerJobStart","Job ID":%d,"Submission Time":%d,"Stage Infos":[%s,"Accumulables":[],"Resource Profile Id":0}],"Stage IDs":[%[1]d],"Properties":{"spark.sql.execution.id":"0","spark.rdd.scope":"{\"id\":\"2\"}"}}`, stage, now, info)
		line(`{"Event":"SparkListenerStageSubmitted","Stage Info":%s,"Accumulables":[],"Resource Profile Id":0,"Shuffle Push Enabled":false,"Shuffle Push Mergers Count":0},"Properties":{"spark.sql.execution.id":"0"}}`, info)
		for i := range s.Tasks {
			executor := i%max(s.Executors, 1) + 1
			took := int64(100 + (i*37)%50)
			if i == s.Tasks-1 {
				took *= 5
			}
			launched := now + int64(i/max(2*s.Executors, 1))*150
			if i%15 == 7 {
				end(b, s, stage, task, i, 0, executor, launched, took/2, `{"Reason":"ExceptionFailure","Class Name":"java.io.IOException","Description":"disk \"full\"\nat Foo","Stack Trace":[{"Declaring Class":"a.B","Method Name":"c","File Name":"B.scala","Line Number":1}],"Full Stack Trace":"java.io.IOException: disk\n\tat a.B.c(B.scala:1)\n","Accumulator Updates":[]}`)
				task++
				launched += took / 2
			}
			end(b, s, stage, task, i, 1, executor, launched, took, `{"Reason":"Success"}`)
			task++
		}
		now += int64(s.Tasks/max(2*s.Executors, 1)+1)*150 + 1000
		line(`{"Event":"SparkListenerStageExecutorMetrics","Executor ID":"1","Stage ID":%d,"Stage Attempt ID":0,"Executor Metrics":%s}`, stage, peaks(900<<20))
		line(`{"Event":"SparkListenerStageCompleted","Stage Info":%s,"Completion Time":%d,"Accumulables":[{"ID":1,"Name":"internal.metrics.executorRunTime","Value":12,"Internal":true,"Count Failed Values":true}],"Resource Profile Id":0,"Shuffle Push Enabled":false,"Shuffle Push Mergers Count":0}}`, info, now)
		line(`{"Event":"SparkListenerJobEnd","Job ID":%d,"Completion Time":%d,"Job Result":{"Result":"JobSucceeded"}}`, stage, now)
	}
	line(`{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd","executionId":0,"time":%d,"errorMessage":""}`, now)
	line(`{"Event":"SparkListenerExecutorRemoved","Timestamp":%d,"Executor ID":"1","Removed Reason":"The executor with id 1 exited with exit code 137(SIGKILL, possible container OOM).\nThe API gave the following container statuses"}`, now+100)
	if !s.Open {
		line(`{"Event":"SparkListenerApplicationEnd","Timestamp":%d}`, now+500)
	}
	return b.Flush()
}

func parents(stage int) string {
	if stage == 0 {
		return "[]"
	}
	return fmt.Sprintf("[%d]", stage-1)
}

// end writes the start and the end of a task.
func end(b *bufio.Writer, s Shape, stage, task, index, attempt, executor int, launched, took int64, reason string) {
	info := fmt.Sprintf(`{"Task ID":%d,"Index":%d,"Attempt":%d,"Partition ID":%[2]d,"Launch Time":%[4]d,"Executor ID":"%[5]d","Host":"10.0.0.%[5]d","Locality":"PROCESS_LOCAL","Speculative":false,"Getting Result Time":0,"Finish Time":`, task, index, attempt, launched, executor)
	fmt.Fprintf(b, `{"Event":"SparkListenerTaskStart","Stage ID":%d,"Stage Attempt ID":0,"Task Info":%s0,"Failed":false,"Killed":false,"Accumulables":[]}}`+"\n", stage, info)
	fmt.Fprintf(b, `{"Event":"SparkListenerTaskEnd","Stage ID":%d,"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":%s,"Task Info":%s%d,"Failed":%t,"Killed":false,"Accumulables":[`, stage, reason, info, launched+took, attempt == 0)
	for i := range s.Accumulators {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `{"ID":%d,"Name":"internal.metrics.shuffle.write.writeTime","Update":"%d","Value":%d,"Internal":true,"Count Failed Values":true}`, 100+i, task*7+i, task*99+i*13)
	}
	fmt.Fprintf(b, `]},"Task Executor Metrics":%s,"Task Metrics":{"Executor Deserialize Time":5,"Executor Deserialize CPU Time":4512345,"Executor Run Time":%d,"Executor CPU Time":%d,"Peak Execution Memory":%d,"Peak On Heap Execution Memory":0,"Peak Off Heap Execution Memory":0,"Result Size":2345,"JVM GC Time":%d,"Result Serialization Time":1,"Memory Bytes Spilled":%d,"Disk Bytes Spilled":%d,"Shuffle Read Metrics":{"Remote Blocks Fetched":3,"Local Blocks Fetched":2,"Fetch Wait Time":2,"Remote Bytes Read":%d,"Remote Bytes Read To Disk":0,"Local Bytes Read":1000,"Total Records Read":10,"Remote Requests Duration":1,"Push Based Shuffle":{"Corrupt Merged Block Chunks":0,"Merged Fetch Fallback Count":0,"Merged Remote Blocks Fetched":0}},"Shuffle Write Metrics":{"Shuffle Bytes Written":4096,"Shuffle Write Time":123456,"Shuffle Records Written":40},"Input Metrics":{"Bytes Read":65536,"Records Read":100},"Output Metrics":{"Bytes Written":0,"Records Written":0},"Updated Blocks":[]}}`+"\n",
		peaks(int64(500<<20+index*1000)), took-10, (took-20)*1_000_000, 1<<20+index, took/20, index%4*1000, index%4*500, 100_000+index)
}

// peaks are the metrics of an executor with some heap.
func peaks(heap int64) string {
	return fmt.Sprintf(`{"JVMHeapMemory":%d,"JVMOffHeapMemory":90000000,"OnHeapExecutionMemory":1048576,"OffHeapExecutionMemory":0,"OnHeapStorageMemory":204800,"OffHeapStorageMemory":0,"OnHeapUnifiedMemory":1253376,"OffHeapUnifiedMemory":0,"DirectPoolMemory":33554432,"MappedPoolMemory":0,"ProcessTreeJVMVMemory":0,"ProcessTreeJVMRSSMemory":0,"ProcessTreePythonVMemory":0,"ProcessTreePythonRSSMemory":0,"ProcessTreeOtherVMemory":0,"ProcessTreeOtherRSSMemory":0,"MinorGCCount":12,"MinorGCTime":340,"MajorGCCount":1,"MajorGCTime":60,"TotalGCTime":400,"ConcurrentGCCount":2,"ConcurrentGCTime":5}`, heap)
}
