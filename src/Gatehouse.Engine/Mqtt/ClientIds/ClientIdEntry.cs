using System.Text;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>
/// One client id of one broker: who owns it, until when, and what the store says of it. All of it is read and written under its
/// shard's lock.
/// </summary>
internal sealed class ClientIdEntry(ClientIdShard shard, ClientIdKey key)
{
    private ClientIdOwners.Slot? _owner;
    private string _broker = "";
    private byte[] _shown = [];
    private bool _isCut;
    private bool _isTouched;
    private TimeSpan _deadline;
    private TimeSpan _settled;
    private DateTimeOffset _until;

    // Of what is in the store.
    private Stored _stored;
    private ClientIdLife _storedLife;
    private DateTimeOffset? _storedUntil;

    private enum Stored : byte
    {
        /// <summary>Nothing.</summary>
        Nothing,

        /// <summary>A record of this owner, with the life and end below.</summary>
        Known,

        /// <summary>Something else, or nobody knows: a write is under way, or failed.</summary>
        Unknown,
    }

    public ClientIdShard Shard { get; } = shard;

    public ClientIdKey Key { get; } = key;

    /// <summary>The owner; null: nobody, or, where it is damaged, nobody may.</summary>
    public ClientIdOwner? Owner => _owner?.Owner;

    /// <summary>Claims not yet ended.</summary>
    public int Live { get; set; }

    /// <summary>Those of them whose CONNECT the broker has not answered yet.</summary>
    public int Pending { get; set; }

    /// <summary>A CONNECT that was cut off before its answer may still reach the broker until then.</summary>
    public TimeSpan UncertainUntil { get; set; }

    /// <summary>Claims there ever were.</summary>
    public long Grants { get; set; }

    /// <summary>How long the broker may keep the session when the last connection ends.</summary>
    public ClientIdLife Life { get; private set; }

    /// <summary>The longest life that a connection now open may have given it: so much must be in the store.</summary>
    public ClientIdLife Ceiling { get; private set; }

    /// <summary>Its record cannot be read: nobody knows whose it is.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>An administrator frees it: its record is being deleted.</summary>
    public bool IsReleasing { get; set; }

    /// <summary>Waits for the writer already.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Those who wait until the store has what it must have.</summary>
    public List<TaskCompletionSource<bool>>? Waiters { get; set; }

    public bool IsFree => _owner is null && !IsDamaged;

    /// <summary>Nothing of it is left, neither here nor in the store.</summary>
    public bool IsGone => IsFree && Live == 0 && _stored == Stored.Nothing && !IsQueued;

    /// <summary>Frees it when its life has ended.</summary>
    public void Expire(TimeSpan now)
    {
        if (Live == 0 && _owner is not null && (Life.IsNone || (!Life.IsForever && now >= _deadline)))
        {
            Free();
        }
    }

    /// <summary>Makes it an owner's; it is free.</summary>
    public void Take(ClientIdOwners.Slot owner, string broker, string clientId)
    {
        _owner = owner;
        _broker = broker;
        _shown = ClientIdRecord.Cut(clientId, out _isCut);
        _stored = _stored == Stored.Nothing ? Stored.Nothing : Stored.Unknown;
        _isTouched = false;
    }

    /// <summary>Makes it nobody's.</summary>
    public void Free()
    {
        SetCeiling(ClientIdLife.Connection);
        Life = ClientIdLife.Connection;
        IsDamaged = false;
        _shown = [];
        if (_owner is not null)
        {
            Shard.Owners.Return(_owner);
            _owner = null;
        }
    }

    /// <summary>What was read from the store at a start.</summary>
    public void Load(ClientIdOwners.Slot owner, ClientIdRecord record, TimeSpan deadline, DateTimeOffset until, TimeSpan settled)
    {
        (_owner, _broker, _shown, _isCut) = (owner, record.Broker, record.Shown, record.IsCut);
        SetCeiling(record.Life);
        Life = record.Life;
        (_deadline, _until, _settled) = (deadline, until, settled);
        (_stored, _storedLife, _storedUntil) = (Stored.Known, record.Life, record.Until);
    }

    /// <summary>A record that cannot be read.</summary>
    public void LoadDamaged()
    {
        IsDamaged = true;
        _stored = Stored.Unknown;
    }

    /// <summary>A claim asks for a life: nothing is certain yet, but the store must have it. False: the owner keeps as many as it may.</summary>
    public bool TryRaise(ClientIdLife asked, int most)
    {
        if (Ceiling.IsNone && !asked.IsNone && !_owner!.TryKeep(most)) // taken before
        {
            return false;
        }

        Ceiling = ClientIdLife.Longer(Ceiling, asked);
        return true;
    }

    /// <summary>The broker's session is known, or may be, to live so long.</summary>
    /// <param name="life">How long.</param>
    /// <param name="isAll">Whether no other session of it is possible; else the longest counts.</param>
    public void Touch(ClientIdLife life, bool isAll)
    {
        _isTouched = true;
        Life = isAll ? life : ClientIdLife.Longer(Life, life);
        SetCeiling(isAll ? life : ClientIdLife.Longer(Ceiling, life));
    }

    /// <summary>A connection that the broker took has ended: the life begins at its end, not when it was accepted.</summary>
    public void Touch() => _isTouched = true;

    /// <summary>A claim ended. With the last one the life begins, unless no connection came about.</summary>
    public void Leave(TimeSpan now, DateTimeOffset wall, ClientIdLimits limits)
    {
        if (--Live > 0)
        {
            return;
        }

        SetCeiling(Life);
        if (_isTouched && !Life.IsNone && !Life.IsForever)
        {
            TimeSpan whole = TimeSpan.FromSeconds(Life.Seconds) + limits.Grace;
            (_deadline, _until, _settled) = (now + whole, wall + whole, now + limits.Settle);
        }

        _isTouched = false;
        Expire(now);
    }

    /// <summary>Whether its end is to be written down now.</summary>
    public void Settle(TimeSpan now) => _settled = now < _settled ? now : _settled;

    /// <summary>What the store must be told; a null record: to forget it. False: nothing.</summary>
    public bool TryGetWrite(TimeSpan now, out ClientIdRecord? record)
    {
        record = null;
        Expire(now);
        if (IsReleasing || IsFree || Ceiling.IsNone)
        {
            return IsReleasing || (!IsDamaged && _stored != Stored.Nothing);
        }

        bool isEnded = Live == 0 && !Ceiling.IsForever && now >= _settled;
        bool isThere = _stored == Stored.Known
            && (isEnded ? _storedLife == Ceiling && _storedUntil == _until : _storedUntil is null && _storedLife.CompareTo(Ceiling) >= 0);
        if (isThere)
        {
            return false;
        }

        record = new ClientIdRecord
        {
            Owner = _owner!.Owner, // it is not free
            Broker = _broker,
            Shown = _shown,
            IsCut = _isCut,
            Life = Ceiling,
            Until = isEnded ? _until : null,
        };
        return true;
    }

    /// <summary>A write begins: until it ended, nobody knows what is there.</summary>
    public void Writing() => _stored = Stored.Unknown;

    /// <summary>A write ended well. A record of an owner who has lost it since is one to be overwritten.</summary>
    public void Written(ClientIdRecord? record)
    {
        if (record is null)
        {
            _stored = Stored.Nothing;
            if (IsReleasing)
            {
                IsReleasing = false;
                Free();
            }
        }
        else if (ReferenceEquals(record.Owner, Owner))
        {
            (_stored, _storedLife, _storedUntil) = (Stored.Known, record.Life, record.Until);
        }
    }

    /// <summary>For people.</summary>
    public ClientIdFacts Facts() => new(
        Key,
        _broker,
        Encoding.UTF8.GetString(_shown),
        _isCut,
        Owner,
        Live,
        Life,
        Live > 0 || Life.IsForever || IsDamaged ? null : _until);

    private void SetCeiling(ClientIdLife ceiling)
    {
        if (_owner is not null && Ceiling.IsNone != ceiling.IsNone)
        {
            if (ceiling.IsNone)
            {
                _owner.Unkeep();
            }
            else
            {
                _owner.Keep();
            }
        }

        Ceiling = ceiling;
    }
}
