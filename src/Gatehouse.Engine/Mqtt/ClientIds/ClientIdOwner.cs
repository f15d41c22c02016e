namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>Whose a client id is. Two owners are one only where all three are the same, byte for byte.</summary>
/// <param name="Realm">The principal's realm: two realms may have one name each for two people.</param>
/// <param name="Name">Its name.</param>
/// <param name="Tag">
/// What tells it from a later principal of the same name, such as when a native user was made; empty where the realm knows
/// nothing of the kind.
/// </param>
internal sealed record ClientIdOwner(string Realm, string Name, string Tag = "")
{
    /// <inheritdoc/>
    public override string ToString() => $"{Realm}/{Name}";
}
