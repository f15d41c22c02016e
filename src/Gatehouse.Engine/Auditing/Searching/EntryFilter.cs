using System.Net.Sockets;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>A query as far as entries can tell; what it lets pass is looked at in the segment.</summary>
internal sealed class EntryFilter
{
    private readonly AuditQuery _query;
    private readonly long _since;
    private readonly long _until;
    private readonly uint _user;
    private readonly uint _gate;
    private readonly uint _receipt;
    private readonly int _family;
    private readonly ulong _network;
    private readonly ulong _mask;

    public EntryFilter(AuditQuery query)
    {
        _query = query;
        _since = query.Since?.UtcTicks ?? long.MinValue;
        _until = query.Until?.UtcTicks ?? long.MaxValue;
        _user = IndexEntry.Hash(query.User);
        _gate = IndexEntry.Hash(query.Gate) & 0xFFFFFF;
        _receipt = IndexEntry.Hash(query.Receipt?.ToString());
        if (query.Source is { } network)
        {
            bool isShort = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
            int width = isShort ? 32 : 64;
            int prefix = Math.Min(network.PrefixLength, width);
            (_network, _family) = IndexEntry.Of(network.BaseAddress);
            if (_family == 4 && !isShort)
            {
                // A mapped network: what it holds is left to the record.
                _family = 0;
            }

            _mask = prefix == 0 ? 0 : ulong.MaxValue << (width - prefix);
            _mask = isShort ? _mask & uint.MaxValue : _mask;
            _network &= _mask;
        }
    }

    /// <summary>Whether a segment of these times and of records from <paramref name="first"/> on may hold a match.</summary>
    public bool MayHold(long first, long earliest, long latest) =>
        latest >= _since && (earliest < _until || _query.Until is null) && !(first >= _query.Before);

    /// <summary>Whether the entry's record may match.</summary>
    public bool Matches(in IndexEntry entry, long first) =>
        entry.Ticks >= _since
        && (entry.Ticks < _until || _query.Until is null)
        && (_query.WithSeals || !entry.IsSealed)
        && (_query.User is null || entry.User == _user)
        && (_query.Gate is null || entry.Gate == _gate)
        && (_query.Action is not { } action || entry.Action == action)
        && (_query.Outcome is not { } outcome || entry.Outcome == outcome)
        && (_query.Receipt is null || entry.Receipt == _receipt)
        && (_query.Before is not { } before || first + entry.Number < before)
        && (_family == 0 || (entry.Family == _family && (entry.Source & _mask) == _network));
}
