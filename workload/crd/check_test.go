package crd

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// tell words what is found of a resource, a line each.
func tell(t *testing.T, apiVersion, kind, text string) []string {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	slips, known := s.Check(apiVersion, kind, raw)
	if !known {
		return []string{"not known"}
	}
	var told []string
	for _, slip := range slips {
		line := string(slip.Kind) + " " + slip.Path.Field()
		for _, word := range []struct{ name, value string }{{"name", slip.Name}, {"meant", slip.Meant}, {"in", strings.Join(slip.Places, ",")}, {"found", slip.Found}, {"expected", slip.Expected}} {
			if word.value != "" {
				line += " " + word.name + "=" + word.value
			}
		}
		if slip.Needed {
			line += " needed"
		}
		if slip.Pod {
			line += " pod"
		}
		told = append(told, line)
	}
	return told
}

const (
	kubeflow  = "sparkoperator.k8s.io/v1beta2"
	complete  = "type: Scala, sparkVersion: 3.5.6, mainApplicationFile: a.jar, driver: {}, executor: {}"
	stackable = "spark.stackable.tech/v1alpha1"
)

func TestFieldsThatDoNotExistOrDoNotFit(t *testing.T) {
	for _, c := range []struct {
		apiVersion, kind, text string
		want                   []string
	}{
		{kubeflow, "SparkApplication", "spec: {" + complete + "}", nil},
		{kubeflow, "SparkApplication", "{}", nil}, // other rules speak of a resource without a specification
		{kubeflow, "SparkApplication", "spec: {" + complete + ", mainClas: A}", []string{"unknown spec.mainClas meant=mainClass"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", mainClas: A, mainClass: B}", []string{"unknown spec.mainClas"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", tolerations: [{}]}", []string{"unknown spec.tolerations in=spec.driver,spec.executor"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", readinessProbe: {}}",
			[]string{"unknown spec.readinessProbe in=spec.driver.template.spec.containers[],spec.executor.template.spec.containers[]"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", env: {A: b}}", []string{"unknown spec.env"}}, // its places take a list
		{kubeflow, "SparkApplication", "spec: {type: Scala, sparkVersion: 3.5.6, mainAplicationFile: a.jar, driver: {}}",
			[]string{"unknown spec.mainAplicationFile meant=mainApplicationFile", "absent spec name=executor"}},
		{kubeflow, "SparkApplication", "spec: {type: Scala, sparkVersoin: 3.5.6, mainApplicationFile: a.jar, driver: {}, executor: {}}", []string{"unknown spec.sparkVersoin meant=sparkVersion needed"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", driver: {cores: '1', memory: 1024, hostNetwork: 'yes', labels: {v: 3.5}, tolerations: {}}}",
			[]string{"type spec.driver.cores found=text expected=a whole number", "type spec.driver.hostNetwork found=text expected=true or false",
				"type spec.driver.labels.v found=a number expected=text", "type spec.driver.memory found=a number expected=text", "type spec.driver.tolerations found=a mapping expected=a list"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", driver: {cores: 1.5}, executor: {cores: 0, instances: 2.0, coreRequest: null}}",
			[]string{"type spec.driver.cores found=a number with a fraction expected=a whole number", "value spec.executor.cores found=0 expected=1 or more"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", mode: Cluster, restartPolicy: {type: Sometimes}}",
			[]string{"value spec.mode meant=cluster found=Cluster expected=client or cluster", "value spec.restartPolicy.type found=Sometimes expected=Always, Never or OnFailure"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", driver: {cores: '${CORES}', image: '{{ .Values.image }}'}}", nil},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", monitoring: {exposeDriverMetrics: true, exposeExecutorMetrics: true, prometheus: {jmxExporterJar: a, port: 80}}}",
			[]string{"value spec.monitoring.prometheus.port found=80 expected=1024 or more"}},
		{kubeflow, "SparkApplication", "spec: {" + complete + ", executor: {replicas: 2, template: {spec: {containers: [{name: a, imag: b, resources: {limits: {cpu: 1}}}], volumes: {}}}}}",
			[]string{"unknown spec.executor.replicas meant=instances", "unknown spec.executor.template.spec.containers[0].imag meant=image pod",
				"type spec.executor.template.spec.volumes found=a mapping expected=a list pod"}},
		{kubeflow, "ScheduledSparkApplication", "spec: {schedule: '@hourly', template: {" + complete + "}, tolerations: []}",
			[]string{"unknown spec.tolerations in=spec.template.driver,spec.template.executor"}},
		{"sparkoperator.k8s.io/v1alpha1", "SparkConnect", "spec: {sparkVersion: 4.0.1, server: {cores: 1, javaOptions: -Xss1m}, executor: {}}", []string{"unknown spec.server.javaOptions"}},
		{"sparkoperator.k8s.io/v1beta1", "SparkApplication", "spec: {}", []string{"version apiVersion found=v1beta1 expected=v1beta2"}},
		{"spark.apache.org/v1", "SparkApplication", "spec: {runtimeVersions: {sparkVersion: 4.1.0}, executorSpec: {podTemplateSpec: {spec: {containers: []}}}, driver: {}}",
			[]string{"unknown spec.driver meant=driverSpec"}},
		{"spark.apache.org/v1", "SparkCluster", "spec: {runtimeVersions: {sparkVersion: 4.1.0}, clusterTolerations: {instanceConfig: {initWorkers: 1}}}",
			[]string{"absent spec.clusterTolerations.instanceConfig name=maxWorkers", "absent spec.clusterTolerations.instanceConfig name=minWorkers"}},
		{stackable, "SparkApplication", "spec: {sparkImage: {productVersion: 3.5.6}, mode: cluster, mainApplicationFile: a.py, executor: {instances: 2, podOverrides: {spec: {nodeSelectr: {}}}}}",
			[]string{"unknown spec.executor.instances meant=replicas", "unknown spec.executor.podOverrides.spec.nodeSelectr meant=nodeSelector pod"}},
		{"example.org/v1", "SparkApplication", "spec: {}", []string{"not known"}},
		{kubeflow, "SparkThing", "spec: {}", []string{"not known"}},
	} {
		if told := tell(t, c.apiVersion, c.kind, c.text); !slices.Equal(told, c.want) {
			t.Errorf("%s %s\n got %q\nwant %q", c.kind, c.text, told, c.want)
		}
	}
}

func TestManySlipsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 2 * maxSlips {
		fmt.Fprintf(&text, "f%d: 1\n", i)
	}
	if told := tell(t, kubeflow, "SparkApplication", text.String()); len(told) != maxSlips {
		t.Errorf("%d slips are told", len(told))
	}
}

func TestVersionsThatAreServed(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Versions("spark.apache.org", "SparkCluster"); !slices.Equal(got, []string{"v1", "v1alpha1", "v1beta1"}) {
		t.Error(got)
	}
	if got := s.Versions("spark.apache.org", "SparkConnect"); got != nil {
		t.Error(got)
	}
}

// What decodes as JSON must not make Check panic.
func FuzzCheck(f *testing.F) {
	s, err := New()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"spec":{"driver":{"cores":"1","x":[null,{}]},"executor":[],"template":{"spec":7}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, kind := range []string{kubeflow + " SparkApplication", "spark.apache.org/v1 SparkCluster", stackable + " SparkHistoryServer"} {
			apiVersion, name, _ := strings.Cut(kind, " ")
			slips, _ := s.Check(apiVersion, name, raw)
			if len(slips) > maxSlips {
				t.Errorf("%d slips", len(slips))
			}
		}
	})
}
