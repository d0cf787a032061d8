import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** An application with two executors on one worker of its own process. They print the classes that they load, and log a failed task. */
public class Two {
    public static void main(String[] args) throws Exception {
        SparkConf conf = new SparkConf().setAppName("two").setMaster("local-cluster[1,2,1024]").set("spark.ui.enabled", "false")
            .set("spark.executor.cores", "1").set("spark.executor.memory", "512m").set("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -Xlog:class+load")
            .set("spark.executor.logs.rolling.strategy", "size").set("spark.executor.logs.rolling.maxSize", "81920");
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
            for (int i = 0; i < 600 && context.sc().statusTracker().getExecutorInfos().length < 3; i++) {
                Thread.sleep(200);
            }
            try {
                context.parallelize(List.of(1, 2, 3, 4), 4).map(i -> 10 / (i - i)).collect();
            } catch (Exception expected) {
                System.out.println(context.sc().statusTracker().getExecutorInfos().length - 1);
            }
        }
    }
}
