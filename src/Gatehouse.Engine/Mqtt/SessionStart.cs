using System.Collections.Immutable;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Policy;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>What a CONNECT that was let in begins with.</summary>
internal sealed class SessionStart
{
    private const int ShownLength = 128;

    /// <summary>The client's CONNECT, without its secrets.</summary>
    public required MqttConnect Connect { get; init; }

    /// <summary>The gate's settings when it came.</summary>
    public required MqttConfiguration Options { get; init; }

    /// <summary>The gate's realms now.</summary>
    public required Func<ImmutableArray<string>> Realms { get; init; }

    /// <summary>Who it is.</summary>
    public required SessionIdentity Identity { get; init; }

    /// <summary>Step 8.</summary>
    public required SessionRecords Records { get; init; }

    /// <summary>Whether the user name of CONNECT is whose password the realms took; beside a certificate, key or token it is anybody's.</summary>
    public bool IsNameProven { get; init; }

    /// <summary>
    /// The user name for a broker that gets the client's credentials: the client's where it was proven, else the principal's. Null
    /// where the client gave none.
    /// </summary>
    public string? NameForBroker => Connect.Username is null || IsNameProven ? Connect.Username : Identity.Principal.Name;

    /// <summary>What CONNECT was given in step 6; without it no broker is dialled.</summary>
    public Permit Permit { get; set; }

    /// <summary>The hold on the client id; null where the broker keeps nothing under an id that anybody knows.</summary>
    public ClientIdClaim? Claim { get; set; }

    /// <summary>The client id, the client's or the broker's choice; empty where nobody said.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Largest packet that the broker takes.</summary>
    public long BrokerMaxPacket { get; set; } = MqttConfiguration.LargestPacket;

    /// <summary>Highest topic alias that the client was told.</summary>
    public int AliasMaximum { get; set; }

    /// <summary>How long the client may be silent; never zero.</summary>
    public TimeSpan KeepAlive { get; set; }

    /// <summary>How long the broker keeps the session, in seconds.</summary>
    public uint Expiry { get; set; }

    /// <summary>Whether the broker may have a session of this CONNECT: it was sent, and was not refused.</summary>
    public bool MayBeKept { get; set; }

    /// <summary>How long DISCONNECT says that it is kept; null: as before.</summary>
    public uint? ChangedExpiry { get; private set; }

    /// <summary>Whether AUTH goes through.</summary>
    public bool PassesAuthentication => Connect.AuthenticationMethod is not null && Options.EnhancedAuthentication == Words.Pass;

    /// <summary>The version for people.</summary>
    public string VersionWord => Connect.Version switch { MqttVersion.V31 => "3.1", MqttVersion.V311 => "3.1.1", _ => "5.0" };

    /// <summary>The client id for people: what a terminal would take for a command is not in it.</summary>
    public string ShownClientId => ClientId.Length == 0 ? "(none)" : Shown(ClientId);

    /// <summary>A text for people.</summary>
    public static string Shown(string text) =>
        string.Concat((text.Length > ShownLength ? text[..ShownLength] + "..." : text).Select(static c => char.IsControl(c) ? '?' : c));

    /// <summary>
    /// What a refusal says besides its code: what to ask about. Null before 5.0, and where the client wants no such words or a
    /// packet with them, of <paramref name="besides"/> bytes otherwise, is larger than it takes (sections 3.1.2.11.7 and 3.1.2.11.4).
    /// </summary>
    public static string? Tell(MqttConnect connect, string? receipts, int besides = 0) =>
        receipts is not null && connect.Version == MqttVersion.V5 && connect.RequestProblemInformation
        && (connect.MaximumPacketSize ?? uint.MaxValue) > receipts.Length + besides + 64
            ? $"not authorized, receipt {receipts}"
            : null;

    /// <summary>DISCONNECT changes how long the session is kept; false where it may not (section 3.14.2.2.2).</summary>
    public bool TrySetExpiry(uint seconds)
    {
        if (seconds != 0 && (Connect.SessionExpiry ?? 0) == 0)
        {
            return false;
        }

        ChangedExpiry = seconds;
        return true;
    }

    /// <summary>The session is kept as long as CONNECT said, whatever DISCONNECT says.</summary>
    public void KeepExpiry() => ChangedExpiry = null;

    /// <summary>Writes a longer life down before the broker hears of it; false where that fails.</summary>
    public ValueTask<bool> KeepLongerAsync() => Claim is not null && ChangedExpiry > Expiry
        ? Claim.AcceptAsync(ClientIdLife.OfV5(ChangedExpiry.Value), CancellationToken.None)
        : ValueTask.FromResult(true);

    /// <summary>Lets go of the client id.</summary>
    public void Release(bool isInOrder)
    {
        if (isInOrder && ChangedExpiry is { } changed)
        {
            Claim?.Release(ClientIdLife.OfV5(changed));
        }
        else
        {
            Claim?.Release();
        }
    }
}
