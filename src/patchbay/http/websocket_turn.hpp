// For websocket.hpp: what one task at a time may do.
#pragma once

#include "patchbay/net/event.hpp"

namespace patchbay {

class WebSocketTurn {
 public:
  class Holder {
   public:
    // Takes a turn that is free.
    explicit Holder(WebSocketTurn& turn) : turn_(turn) {
      turn_.taken_ = true;
      turn_.ended_.reset();
    }
    ~Holder() {
      turn_.taken_ = false;
      turn_.ended_.set();
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

   private:
    WebSocketTurn& turn_;
  };

  bool is_taken() const { return taken_; }
  // Until the turn of now has ended; another may have begun by then.
  EventOp wait(Deadline deadline) { return ended_.wait(deadline); }

 private:
  bool taken_ = false;
  Event ended_{true};
};

}  // namespace patchbay
