#include "patchbay/tools/suggest.hpp"

#include <algorithm>
#include <vector>

namespace patchbay {
namespace {

constexpr std::size_t farthest = 2;
constexpr std::size_t longest_word = 64;  // nothing of ours is longer; keeps the table small
constexpr std::size_t shortest_beginning = 3;

std::string only_continuation(std::string_view word, std::span<const std::string> candidates) {
  std::string found;
  if (word.size() < shortest_beginning) return found;
  for (const std::string& candidate : candidates) {
    if (!candidate.starts_with(word)) continue;
    if (!found.empty()) return {};
    found = candidate;
  }
  return found;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> table((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return table[i * width + j];
  };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(a.size(), b.size());
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.size() > longest_word) return {};
  std::string best;
  std::size_t best_distance = std::min(farthest + 1, word.size());
  for (const std::string& candidate : candidates) {
    // It is never less than what one is longer than the other.
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (longer - shorter >= best_distance) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best.empty() ? only_continuation(word, candidates) : best;
}

}  // namespace patchbay
