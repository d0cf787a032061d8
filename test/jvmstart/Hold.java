import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import java.util.List;

/** An application on the master that the argument names: it runs a job, and holds its executor until its input ends. */
public class Hold {
    public static void main(String[] args) throws Exception {
        SparkConf conf = new SparkConf().setAppName("hold").setMaster(args[0]).set("spark.ui.enabled", "false").set("spark.executor.memory", "600m");
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
            System.out.println(context.parallelize(List.of(1, 2, 3)).count());
            while (System.in.read() >= 0) { }
        }
    }
}
