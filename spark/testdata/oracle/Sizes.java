import org.apache.spark.network.util.*;
import java.io.*; import java.nio.file.*; import java.util.*; import java.util.concurrent.TimeUnit;
/** Prints how the real classes of a Spark distribution read sizes, durations, JVM options and properties. */
public class Sizes {
  static String esc(String s){ StringBuilder b=new StringBuilder("\""); for(char c: s.toCharArray()){ if(c=='"'||c=='\\'){b.append('\\').append(c);} else if(c<0x20||c>0x7e) b.append(String.format("\\u%04x",(int)c)); else b.append(c);} return b.append('"').toString(); }
  static String reason(Throwable e){ return "error"; }
  public static void main(String[] a) throws Exception {
    String[] in={"6g","6G","6gb","6GB","6Gb"," 6g ","\t6g\n","6gb ","6 g","6gi","6Gi","6gib","512m","512mb","1024","0","00012k","1k","1kb","1t","1tb","1p","1pb","7b","1.5g","0.5","1.5","1.g",".5g","-1","-6g","+6g","","  ","g","6x","6bb","1e3","9223372036854775807","9223372036854775808","9223372036854775807b","9000p","8191p","8192p","9007199254740992k","1500k","1048575","1048575b","1023k","6\u212a","6\u00a0g","\u00a06g","\u0661g","6g6","6gg","0x10","1_000","6m,","\u00006g","6\u0130"};
    PrintStream o=new PrintStream("sizes.tsv","UTF-8"); 
    for(String s: in){ StringBuilder l=new StringBuilder(esc(s)); for(ByteUnit u: new ByteUnit[]{ByteUnit.BYTE,ByteUnit.KiB,ByteUnit.MiB}){ String r; try{ r=""+JavaUtils.byteStringAs(s,u);}catch(Throwable e){r="error"; if(String.valueOf(e.getMessage()).contains("Fractional")) r="fraction";} l.append('\t').append(r);} o.print(l+"\n"); }
    o.close();
    String[] t={"30s","30S","250us","100ms","5m","5min","2h","1d"," 7s ","7","-7","-7s","--7s","1.5s","","s","7x","7 s","1w","7ns","9223372036854775807","9223372036854775807d","106751991167d","+3s","3m\u0130n","00007ms","9223372036854775807us","0"};
    o=new PrintStream("durations.tsv","UTF-8");
    for(String s: t){ StringBuilder l=new StringBuilder(esc(s)); for(TimeUnit u: new TimeUnit[]{TimeUnit.MICROSECONDS,TimeUnit.SECONDS}){ String r; try{ r=""+JavaUtils.timeStringAs(s,u);}catch(Throwable e){r="error";} l.append('\t').append(r);} o.print(l+"\n"); }
    o.close();
    String[] q={"","  ","-Xa -Xb"," -Xa\t-Xb\n","-Da='x y'","-Da=\"x y\" -Xb","'ab cd' \"ef gh\"","\"\"","''","-Xa ''","a\\ b","a\\\\b","\\'","'a\\b'","\"a\\\"b\"","\"a'b\"","'a\"b'","'open","\"open","end\\","a'b'c\"d\"e","'a''b'","-Xa\u00a0-Xb","-Xa\u2003-Xb","-Xa\u001c-Xb","-Xa\u0085-Xb","\"\" a","a \"\"","\\ ","\"\\\"","x\u2028y","x\u3000y","x\u202fy","\u000bx"};
    java.lang.reflect.Method m=Class.forName("org.apache.spark.launcher.CommandBuilderUtils").getDeclaredMethod("parseOptionString",String.class); m.setAccessible(true);
    o=new PrintStream("options.tsv","UTF-8");
    for(String s: q){ StringBuilder l=new StringBuilder(esc(s)); try{ for(Object x:(List)m.invoke(null,s)) l.append('\t').append(esc((String)x)); }catch(Throwable e){ l.append("\terror"); } o.print(l+"\n"); }
    o.close();
    String[] ps={"a b","a=b","a:b","a = b","  a  :  b  ","a\tb","# c\na b","! c\na b","a b\\\nc","a b\\\n   c","a b\\\\\nc d","a\\ b c","a\\=b=c","a\\:b c","a==b","a =b=c","a","a=","=b",":b","a b # c","a \\u0041\\u00e9","\\u0061 b","a \\t\\n\\r\\fx","a \\qx","a b\r\nc d\re f","a b\n\n\n  \nc d","a 1\na 2","a \\\n# b","\\\na b","   \\\na b","   \\\n#x\na b","a b\\","a \\","a \\ud83d\\ude00","a\u00e9 \u00fc","a \u00a0b","a\fb","# c\\\na b","a b \\\n","a:=b","a :: b","\\","\\\n","a\\\n=b","k v1 v2  v3   ","a '\"","a \\u00","a\\"};
    o=new PrintStream("properties.tsv","UTF-8");
    for(String s: ps){ StringBuilder l=new StringBuilder(esc(s)); try{ Properties p=new Properties(); p.load(new StringReader(s)); TreeMap<String,String> tm=new TreeMap<>(); for(String k: p.stringPropertyNames()) tm.put(k,p.getProperty(k)); for(Map.Entry<String,String> e: tm.entrySet()) l.append('\t').append(esc(e.getKey())).append('\t').append(esc(e.getValue().trim())); }catch(Throwable e){ l.append("\terror"); } o.print(l+"\n"); }
    o.close();
  }
}
