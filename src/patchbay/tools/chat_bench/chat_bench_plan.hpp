// ChatBenchPlan: who is in which room, and who talks there; all of it numbers.
#pragma once

#include <cstdint>

namespace patchbay {

// Rooms, their members and clients are counted from 0. The members of a room are clients that
// follow each other, and the next room goes on where it ended, round and round: so each client is
// in as many rooms as any other, or in one less. The first members of a room talk there.
struct ChatBenchPlan {
  std::uint32_t clients = 0;
  std::uint32_t rooms = 0;    // 0: nobody joins anything
  std::uint32_t members = 0;  // of each room; at most `clients`
  std::uint32_t talkers = 0;  // of each room; at most `members`

  // A client in a room: `room * members + member`.
  std::uint64_t memberships() const { return std::uint64_t{rooms} * members; }
  // Somebody who talks in a room: `room * talkers + member`.
  std::uint32_t voices() const { return rooms * talkers; }

  std::uint32_t first_of(std::uint32_t room) const {
    return clients == 0 ? 0 : static_cast<std::uint32_t>(std::uint64_t{room} * members % clients);
  }
  std::uint32_t client_of(std::uint32_t room, std::uint32_t member) const {
    const std::uint64_t client = std::uint64_t{first_of(room)} + member;
    return static_cast<std::uint32_t>(client < clients ? client : client - clients);
  }
  // Which member a client is of a room whose first is `first`. Not below `members`: it is none.
  std::uint32_t member_of(std::uint32_t first, std::uint32_t client) const {
    return client >= first ? client - first : client + (clients - first);
  }

  std::uint32_t room_of(std::uint32_t voice) const { return voice / talkers; }
  std::uint32_t talker_of(std::uint32_t voice) const {  // the client
    return client_of(voice / talkers, voice % talkers);
  }

  // visit(room) for each room that a client is in, in order.
  template <class Visit>
  void for_each_room_of(std::uint32_t client, Visit visit) const {
    for (std::uint64_t at = client; at < memberships(); at += clients) {
      visit(static_cast<std::uint32_t>(at / members));
    }
  }
};

}  // namespace patchbay
