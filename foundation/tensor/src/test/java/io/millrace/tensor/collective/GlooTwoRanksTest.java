// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

class GlooTwoRanksTest extends CollectiveContract {
  @Override
  int size() {
    return 2;
  }

  @Override
  void everywhere(ThreadRanks.Body<Void> body) {
    ThreadRanks.run(size(), body);
  }
}
