// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

class GlooThreeRanksTest extends CollectiveContract {
  @Override
  int size() {
    return 3;
  }

  @Override
  void everywhere(ThreadRanks.Body<Void> body) {
    ThreadRanks.run(size(), body);
  }
}
