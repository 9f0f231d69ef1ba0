// What the lab keeps book of, so that a run that was killed leaves nothing that the next one does
// not find: which process made what.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/network_namespace.hpp"

namespace patchbay {

// The variable that every program of a lab has in its environment; its value is the lab's mark.
inline constexpr const char* k_lab_variable = "PATCHBAY_LAB";

// /run/patchbay-lab for root; for others a folder of their own in $XDG_RUNTIME_DIR or /tmp.
std::string lab_folder();

// Held while addresses and names are chosen and made, so that two labs that start together do not
// choose the same. Move-only; the destructor lets go, as the end of the process does.
class LabLock {
 public:
  // Waits for whoever has it; nobody holds it for longer than it takes to set up. Makes the folder.
  static Result<LabLock> take(const std::string& folder);
  LabLock(LabLock&& other) noexcept;
  LabLock& operator=(LabLock&& other) noexcept;
  ~LabLock();

 private:
  explicit LabLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Tells one process from every other, also from a later one with the same id: "PID-START", with the
// time of its start in ticks since boot. Nothing when there is no such process.
std::optional<std::string> mark_of(pid_t process);

// Is it the mark of a process that is no more? Not so for what is no mark.
bool is_left_over(std::string_view mark);

// The book of one lab: a file in the folder, named after the mark of its process. What is made is
// written down before it can be seen, so that there is nothing that no book knows.
class LabBook {
 public:
  // A new book of this process. Move-only; the destructor does not remove it: close() does.
  static Result<LabBook> open(const std::string& folder);
  LabBook(LabBook&& other) noexcept;
  LabBook& operator=(LabBook&&) = delete;
  ~LabBook();

  Result<> write_down(const std::string& name, const NetworkNamespace& made);
  // Where a file of this lab may be written; it goes with the book.
  std::string file(std::string_view name) const;
  const std::string& mark() const { return mark_; }

  // Ends every program that has the mark, removes every name in the book, its files and the book.
  Result<> close();

 private:
  LabBook(std::string folder, std::string mark, int descriptor)
      : folder_(std::move(folder)), mark_(std::move(mark)), descriptor_(descriptor) {}

  std::string folder_;
  std::string mark_;
  int descriptor_;
};

struct LeftOvers {
  std::vector<std::string> namespaces;
  std::size_t programs = 0;
};

// Ends and removes what the books of dead processes name, and nothing else. Under the lock.
Result<LeftOvers> remove_left_overs(const std::string& folder);

}  // namespace patchbay
