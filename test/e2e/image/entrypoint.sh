#!/bin/bash
# What Spark's scheduler for Kubernetes expects of an image: "driver ARGUMENTS", "executor", and any other command as it is.
# Where the user has no entry in /etc/passwd, Spark's own entrypoint brings one through nss_wrapper, as far as it is there.
set -euo pipefail
if ! getent passwd "$(id -u)" >/dev/null; then
	for wrapper in /usr/lib/*/libnss_wrapper.so; do
		[ -e "$wrapper" ] || break
		LD_PRELOAD=$wrapper NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
		export LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
		echo "spark:x:$(id -u):$(id -g):spark:$SPARK_HOME:/bin/false" >"$NSS_WRAPPER_PASSWD"
		echo "spark:x:$(id -g):" >"$NSS_WRAPPER_GROUP"
	done
fi
role=${1:-}
case $role in
driver)
	shift
	set -- "$SPARK_HOME/bin/spark-submit" --deploy-mode client --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
		--conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" "$@" ;;
executor)
	mapfile -t options < <(env | grep '^SPARK_JAVA_OPT_' | sort -t_ -k4 -n | sed 's/[^=]*=//')
	set -- "$JAVA_HOME/bin/java" "${options[@]}" "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
		-cp "${SPARK_CONF_DIR:-$SPARK_HOME/conf}:${SPARK_CLASSPATH:-}:$SPARK_HOME/jars/*" \
		org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
		--driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
		--app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
		--resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME" ;;
esac
exec tini -s -- "$@"
