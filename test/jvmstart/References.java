import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Prints what Spark reads: of the settings in the first arguments, KEY=VALUE, up to "--"; then of the names behind it, of Hadoop or of SSL. */
public class References {
    public static void main(String[] args) throws Exception {
        SparkConf conf = new SparkConf(false).set("spark.ssl.ui.enabled", "true").set("spark.ssl.ui.keyStore", "/x");
        int i = 0;
        for (; !args[i].equals("--"); i++) {
            conf.set(args[i].substring(0, args[i].indexOf('=')), args[i].substring(args[i].indexOf('=') + 1));
        }
        Configuration hadoop = SparkHadoopUtil.get().newConfiguration(conf);
        for (i++; i < args.length; i++) {
            System.out.println(args[i].startsWith("spark.ssl.") ? keyStorePassword(conf, hadoop) : hadoop.get(args[i]));
        }
    }

    // SSLOptions is private to Spark, and its parameters differ between releases.
    private static String keyStorePassword(SparkConf conf, Configuration hadoop) throws Exception {
        Class<?> options = Class.forName("org.apache.spark.SSLOptions");
        for (var method : options.getDeclaredMethods()) {
            if (!method.getName().equals("parse")) {
                continue;
            }
            Object[] given = new Object[method.getParameterCount()];
            for (int i = 0; i < given.length; i++) {
                given[i] = method.getParameterTypes()[i] == boolean.class ? (Object) false : scala.Option.empty();
            }
            given[0] = conf;
            given[1] = hadoop;
            given[2] = "spark.ssl.ui";
            Object password = options.getMethod("keyStorePassword").invoke(method.invoke(null, given));
            return ((scala.Option<?>) password).get().toString();
        }
        return null;
    }
}
