import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Starts an application with each KEY=VALUE of its arguments, runs a small job, and prints whether it was done: "KEY done" or "KEY ended" with the reason. */
public class Start {
    public static void main(String[] settings) {
        for (String setting : settings) {
            int at = setting.indexOf('=');
            String key = setting.substring(0, at);
            SparkConf conf = new SparkConf(false).setMaster("local[1]").setAppName("start").set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1").set(key, setting.substring(at + 1));
            String said = "done";
            try (JavaSparkContext context = new JavaSparkContext(conf)) {
                context.parallelize(List.of(1, 2), 2).count();
                if (key.startsWith("spark.sql.")) SparkSession.builder().sparkContext(context.sc()).getOrCreate().range(2).count();
            } catch (Throwable t) {
                said = "ended " + t.toString().replaceAll("\\s+", " ");
            }
            System.out.println(key + " " + said);
        }
    }
}
