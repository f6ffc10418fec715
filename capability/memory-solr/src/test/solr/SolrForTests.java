// SPDX-License-Identifier: Apache-2.0

import org.apache.solr.cloud.MiniSolrCloudCluster;
import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * SolrCloud for tests, in a process of its own: Solr brings another version of Lucene than ours. It is launched as a source file
 * with Solr's class path, prints {@code zookeeper HOST:PORT/ROOT} and {@code node URL} for each node, then {@code ready}, and ends
 * with its standard input, so that it does not outlive the test.
 *
 * <p>{@code SolrForTests cluster FOLDER COUNT} starts ZooKeeper and so many nodes; {@code SolrForTests node FOLDER ZOOKEEPER} one more
 * node, which can be killed by itself.
 */
final class SolrForTests {
  private SolrForTests() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[1]);
    if (arguments[0].equals("cluster")) {
      MiniSolrCloudCluster cluster =
          new MiniSolrCloudCluster(
              Integer.parseInt(arguments[2]), folder, MiniSolrCloudCluster.DEFAULT_CLOUD_SOLR_XML, http());
      System.out.println("zookeeper " + cluster.getZkServer().getZkAddress());
      for (JettySolrRunner node : cluster.getJettySolrRunners()) {
        System.out.println("node " + node.getBaseUrl());
      }
    } else {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("solr.xml"), MiniSolrCloudCluster.DEFAULT_CLOUD_SOLR_XML);
      Properties properties = new Properties();
      properties.setProperty("zkHost", arguments[2]);
      JettySolrRunner node = new JettySolrRunner(folder.toString(), properties, http());
      node.start();
      System.out.println("node " + node.getBaseUrl());
    }
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // Nothing is said to it; the end of the input is the end of the test.
    }
    Runtime.getRuntime().halt(0);
  }

  private static JettyConfig http() {
    return new JettyConfig.Builder().setPort(0).useOnlyHttp1(true).build();
  }
}
