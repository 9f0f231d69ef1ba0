// Alarm: something that happens once at an instant which is often moved before it comes, as the
// limits of waiting are.
#pragma once

#include <vector>

#include "patchbay/net/sim/agenda.hpp"

namespace patchbay::sim {

class Alarm : private Pending {
 public:
  explicit Alarm(Agenda& agenda) : agenda_(agenda) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Rings then and not at the instant it was set for before.
  void set(Instant when);
  void cancel() { when_ = Instant::max(); }
  Instant when() const { return when_; }
  // It is on no agenda, so it need not live on.
  bool idle() const { return entries_.empty(); }

 protected:
  ~Alarm() = default;
  virtual void ring() = 0;
  // It has become idle.
  virtual void rest() {}

 private:
  void happen() final;

  Agenda& agenda_;
  Instant when_ = Instant::max();
  // When it is on the agenda. Nothing is taken off there, so a later instant costs no entry: it is
  // looked at when the earlier one comes. Each entry is earlier than the one below it.
  std::vector<Instant> entries_;
};

}  // namespace patchbay::sim
