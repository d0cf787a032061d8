package model

import "strconv"

const executionID = "spark.sql.execution.id"

var (
	jobStartTable = names("Event", "Job ID", "Submission Time", "Stage Infos", "Stage IDs", "Properties")
	// Of the last two the one is set for the batches of Spark Streaming (JobScheduler.BATCH_TIME_PROPERTY_KEY), the other for those of a
	// streaming query (StreamExecution.QUERY_ID_KEY).
	jobPropertiesTable = names(executionID, "spark.streaming.internal.batchTime", "sql.streaming.queryId")
	behindStageInfos   = []byte(`],"Stage IDs":[`)
)

func (r *Recorder) jobStart(s *scanner) {
	var j Job
	var time int64
	s.each(jobStartTable, func(k int) {
		switch k {
		case 1:
			j.ID = s.id("Job ID")
		case 2:
			time = s.time("Submission Time")
		case 3:
			s.jump(behindStageInfos, 2)
		case 4:
			j.Stages = s.list("Stage IDs", max(maxStageIDs-r.stageIDs, 0))
		case 5:
			s.each(jobPropertiesTable, func(k int) {
				if j.Streams = j.Streams || k == 1 || k == 2; k != 0 {
					s.skip()
				} else if n, err := strconv.ParseInt(string(s.text()), 10, 64); err == nil {
					n = s.bound(executionID, n, 0, maxQueryID)
					j.Query = &n
				}
			})
		default:
			s.skip()
		}
	})
	if s.failed() {
		return
	}
	if _, twice := r.jobs[j.ID]; twice {
		r.odd("jobs that start twice")
		return
	}
	if j.Submitted = moment(r.seen(time)); len(r.run.Jobs) >= maxJobs {
		r.leave(leftJobs, 1)
		return
	}
	r.stageIDs += len(j.Stages)
	r.jobs[j.ID] = len(r.run.Jobs)
	r.run.Jobs = append(r.run.Jobs, j)
}

var (
	jobEndTable    = names("Event", "Job ID", "Completion Time", "Job Result")
	jobResultTable = names("Result")
)

func (r *Recorder) jobEnd(s *scanner) {
	var id, time int64
	succeeded := false
	s.each(jobEndTable, func(k int) {
		switch k {
		case 1:
			id = s.id("Job ID")
		case 2:
			time = s.time("Completion Time")
		case 3:
			s.each(jobResultTable, func(k int) {
				if k == 0 {
					succeeded = string(s.text()) == "JobSucceeded"
				} else {
					s.skip()
				}
			})
		default:
			s.skip()
		}
	})
	if s.failed() {
		return
	}
	if i, known := r.jobs[id]; known {
		r.run.Jobs[i].Completed, r.run.Jobs[i].Succeeded = moment(r.seen(time)), succeeded
	} else if len(r.run.Jobs) < maxJobs {
		r.odd("jobs that end and did not start")
	}
}

var queryStartTable = names("Event", "executionId", "rootExecutionId", "description", "details", "physicalPlanDescription", "sparkPlanInfo", "time")

func (r *Recorder) queryStart(s *scanner) {
	var q Query
	var time int64
	s.each(queryStartTable, func(k int) {
		switch k {
		case 1:
			q.ID = s.within("executionId", 0, maxQueryID)
		case 3:
			q.Description = words(s.text())
		case 7:
			time = s.time("time")
		default:
			s.skip()
		}
	})
	if s.failed() {
		return
	}
	q.Started = moment(r.seen(time))
	if _, twice := r.queries[q.ID]; twice {
		r.odd("queries that start twice")
		return
	}
	if len(r.run.Queries) >= maxQueries {
		r.leave("queries", 1)
		return
	}
	r.queries[q.ID] = len(r.run.Queries)
	r.run.Queries = append(r.run.Queries, q)
}

var queryEndTable = names("Event", "executionId", "time", "errorMessage")

func (r *Recorder) queryEnd(s *scanner) {
	var id, time int64
	var failure string
	s.each(queryEndTable, func(k int) {
		switch k {
		case 1:
			id = s.within("executionId", 0, maxQueryID)
		case 2:
			time = s.time("time")
		case 3:
			failure = words(s.text())
		default:
			s.skip()
		}
	})
	if s.failed() {
		return
	}
	if i, known := r.queries[id]; known {
		r.run.Queries[i].Ended, r.run.Queries[i].Error = moment(r.seen(time)), failure
	} else if len(r.run.Queries) < maxQueries {
		r.odd("queries that end and did not start")
	}
}
