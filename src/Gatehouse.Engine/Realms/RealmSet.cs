using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>Makes the realm that a document asks for; null for a kind that this build does not have.</summary>
internal interface IRealmFactory
{
    /// <summary>Makes it. Never throws for what the document says: it was validated before it came into force.</summary>
    IRealm? TryMake(RealmDocument document);
}

/// <summary>
/// The realms of the snapshot in force, in their order. One lives as long as its document stays the same, so that a change
/// elsewhere keeps its connections and keys, and what was proved by these.
/// </summary>
internal sealed class RealmSet(IRealmFactory factory) : IDisposable
{
    private readonly Lock _lock = new();
    private volatile Made _made = new(-1, []);

    /// <summary>The enabled realms of a snapshot, lowest order first.</summary>
    public IReadOnlyList<IRealm> Of(SecuritySnapshot snapshot)
    {
        Made made = _made;
        return made.Epoch == snapshot.Epoch ? made.Realms : Change(snapshot);
    }

    /// <summary>The realm of this name on a snapshot.</summary>
    public IRealm? Find(SecuritySnapshot snapshot, string name) => Of(snapshot).FirstOrDefault(realm => realm.Document.Name == name);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (IRealm realm in _made.Realms)
            {
                realm.Dispose();
            }

            _made = new Made(long.MaxValue, []);
        }
    }

    private IReadOnlyList<IRealm> Change(SecuritySnapshot snapshot)
    {
        lock (_lock)
        {
            Made before = _made;
            if (before.Epoch >= snapshot.Epoch)
            {
                return before.Realms;
            }

            List<IRealm> realms = [];
            foreach (RealmDocument document in snapshot.Document.Realms.Values
                .Where(static document => document.Enabled)
                .OrderBy(static document => document.Order).ThenBy(static document => document.Name, StringComparer.Ordinal))
            {
                IRealm? realm = before.Realms.FirstOrDefault(known => IsSame(known.Document, document)) ?? factory.TryMake(document);
                if (realm is not null)
                {
                    realms.Add(realm);
                }
            }

            _made = new Made(snapshot.Epoch, [.. realms]);
            foreach (IRealm gone in before.Realms.Where(known => !realms.Contains(known)))
            {
                gone.Dispose();
            }

            return _made.Realms;
        }
    }

    // A generation that was read from the store brings new objects for what is as it was.
    private static bool IsSame(RealmDocument one, RealmDocument other) =>
        ReferenceEquals(one, other)
        || (one.Name == other.Name && one.Version == other.Version
            && JsonSerializer.SerializeToUtf8Bytes(one, RealmJson.Default.RealmDocument).AsSpan()
                .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, RealmJson.Default.RealmDocument)));

    private sealed record Made(long Epoch, IRealm[] Realms);
}

/// <summary>Realms as text, to be compared and nothing else: secrets are in it.</summary>
[JsonSerializable(typeof(RealmDocument))]
internal sealed partial class RealmJson : JsonSerializerContext;
