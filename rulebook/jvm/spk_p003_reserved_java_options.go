package jvm

import (
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/jvm"
)

func reservedJavaOptions() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P003", Name: "reserved-java-options", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Each:  true, Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "Spark refuses to start with these JVM options",
			Why: "Spark sets the heap from spark.{driver,executor}.memory, and its settings from the configuration. " +
				"It refuses -Xmx in the options of driver and executor, and -Dspark in the options of executors. " +
				"With such an option for executors the SparkContext does not start. With one for the driver the launcher fails before any JVM starts. " +
				"An executor's defaultJavaOptions are checked from 4.0 on.",
			Remedy: "set spark.{driver,executor}.memory, or the setting itself, and remove the option",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.3.4 to 4.3.0, run: \"spark.executor.extraJavaOptions is not allowed to specify max heap memory settings\", \"... is not allowed to set Spark options\" (SparkConf.scala validateSettings)",
				"Spark 3.3.4, 3.5.9, 4.3.0, run: \"Not allowed to specify max heap(Xmx) memory settings through java options\" (SparkSubmitCommandBuilder.java checkJavaOptions)",
			},
		},
		Parts: []rule.Part{{Name: "options", Profile: rule.Safe, State: "options that Spark sets itself", Says: "no heap and no Spark setting among JVM options"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			for _, role := range []string{"driver", "executor"} {
				for _, name := range []string{"defaultJavaOptions", "extraJavaOptions"} {
					if role == "executor" && name == "defaultJavaOptions" && !reading.Version(p).AtLeast(4, 0) {
						continue
					}
					p.Next()
					tellReserved(p, role, "spark."+role+"."+name)
				}
			}
		}),
	}
}

// tellReserved speaks of one key, and moves each reserved option to where it belongs.
func tellReserved(p *rule.ConfPass, role, key string) {
	conf, _ := p.Conf()
	text, _ := conf.Get(key)
	heap, settings := strings.Contains(text, "-Xmx"), role == "executor" && strings.Contains(text, "-Dspark")
	refused := "-Xmx"
	switch {
	case heap && settings:
		refused = "-Xmx and -Dspark"
	case settings:
		refused = "-Dspark"
	}
	switch {
	case heap && role == "driver":
		p.Message("%s contains -Xmx; Spark refuses to start (the heap is set by spark.driver.memory)", key)
	case heap:
		p.Message("%s contains -Xmx; Spark refuses to start (the heap is set by spark.executor.memory)", key)
	case settings:
		p.Message("%s contains a Spark setting (-Dspark); Spark refuses to start", key)
	default:
		return
	}
	var moved [][2]string
	size := ""
	rest := jvm.WithoutOptions(text, func(token string) bool {
		if digits, is := strings.CutPrefix(token, "-Xmx"); is {
			if n := heapSize(digits); n != "" {
				size = n
				return true
			}
		}
		name, value, valued := strings.Cut(strings.TrimPrefix(token, "-D"), "=")
		if settings && valued && strings.HasPrefix(token, "-Dspark.") {
			moved = append(moved, [2]string{name, value})
			return true
		}
		return false
	})
	if strings.Contains(rest, "-Xmx") || role == "executor" && strings.Contains(rest, "-Dspark") {
		p.Summary("remove %s from %s", refused, key)
		p.RefuseConf("options", key, rule.NoExactForm) // part of another word, or in quotes that nothing closes
		return
	}
	if rest == "" {
		p.UnsetConf("options", key)
	} else {
		p.SetConf("options", key, rest)
	}
	if size != "" {
		moved = append(moved, [2]string{"spark." + role + ".memory", size})
	}
	var to []string
	for _, setting := range moved {
		if !p.Given(setting[0]) {
			p.SetConf("options", setting[0], setting[1])
			to = append(to, setting[0])
		}
	}
	p.Summary("remove %s from %s", refused, key)
	if to != nil {
		p.Summary("move %s from %s to %s", refused, key, strings.Join(to, ", "))
	}
}

// heapSize writes the size of a JVM option as Spark reads it; "" where it is none.
func heapSize(digits string) string {
	if _, err := strconv.ParseInt(digits, 10, 64); err == nil {
		digits += "b" // a JVM counts bytes, Spark MiB
	}
	bytes, err := spark.ParseSize(digits, spark.Byte)
	if err != nil || bytes < int64(spark.MiB) {
		return ""
	}
	return spark.FormatSize(bytes)
}
