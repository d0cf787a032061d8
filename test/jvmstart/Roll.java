import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import org.apache.spark.SparkConf;
import org.apache.spark.util.logging.FileAppender;

/** Gives a worker's settings, each argument those of one worker, to what writes an executor's log, and says which class that chose. */
public class Roll {
    public static void main(String[] workers) throws Exception {
        for (String settings : workers) {
            SparkConf conf = new SparkConf(false);
            for (String setting : settings.split(" ")) {
                String[] pair = setting.substring(2).split("=", 2);
                conf.set(pair[0], pair[1]);
            }
            FileAppender log = FileAppender.apply(new ByteArrayInputStream(new byte[0]), Files.createTempFile("stdout", "").toFile(), conf, true);
            log.awaitTermination();
            System.out.println(log.getClass().getSimpleName());
        }
    }
}
