using System.Buffers;

namespace Gatehouse.Policy.Names;

/// <summary>Where the placeholders of a pattern of Ignite's names stand, and so how their values are written there.</summary>
internal sealed class NameForm(SlotPlace[] places)
{
    private static readonly SearchValues<char> Bare =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    // What would be more than one part of a name.
    private static readonly SearchValues<char> Divides = SearchValues.Create(".:\"");

    /// <summary>A value, which is no pattern of any system, as it stands there; null where it can be no part of a name.</summary>
    public string? Write(int slot, string value) => places[slot] switch
    {
        SlotPlace.Identifier => value.AsSpan().ContainsAnyExcept(Bare) ? null : value.ToUpperInvariant(),
        SlotPlace.Part => IgniteNames.PartOf(value),
        SlotPlace.InQuotes => value.Replace("\"", "\"\""),
        _ => value.AsSpan().ContainsAny(Divides) ? null : value,
    };
}

/// <summary>Where a placeholder stands.</summary>
internal enum SlotPlace
{
    /// <summary>In a table's name outside quotes, where letters are upper case.</summary>
    Identifier,

    /// <summary>Alone between quotes: the part of the name is the value.</summary>
    Part,

    /// <summary>Between quotes beside other text.</summary>
    InQuotes,

    /// <summary>In the name of a class or a unit.</summary>
    Code,
}
