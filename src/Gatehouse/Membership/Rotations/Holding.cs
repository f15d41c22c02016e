using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Membership.Rotations;

/// <summary>
/// What a node accepts and uses of one kind of material, as fingerprints: SHA-256 in lower-case hex. The cluster state says what
/// it should be, the node what it is; when they are the same, the step is done there.
/// </summary>
public sealed class Holding : IEquatable<Holding>
{
    /// <summary>Sorts both sides; one that stands twice counts once.</summary>
    public Holding(IEnumerable<string> accepted, IEnumerable<string> used)
    {
        Accepted = accepted.ToImmutableSortedSet(StringComparer.Ordinal);
        Used = used.ToImmutableSortedSet(StringComparer.Ordinal);
    }

    /// <summary>What it accepts from others.</summary>
    public ImmutableSortedSet<string> Accepted { get; }

    /// <summary>What it shows to others: one, unless a change is under way.</summary>
    public ImmutableSortedSet<string> Used { get; }

    /// <summary>Whether two nodes of these holdings take each other's word, both ways.</summary>
    public bool Understands(Holding other) =>
        other.AcceptsAll(Used) && AcceptsAll(other.Used);

    /// <summary>Stands for this holding at one moment of one rotation: an acknowledgement of an earlier try is never taken for one of a later.</summary>
    public string Digest(RotationDocument rotation)
    {
        var text = new StringBuilder("gatehouse/rotation/v1\n");
        text.Append(rotation.Id).Append('\n').Append(rotation.Kind).Append('\n').Append(rotation.Step).Append('\n')
            .Append(rotation.StepSince.UtcTicks.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (string accepted in Accepted)
        {
            text.Append("accepts ").Append(accepted).Append('\n');
        }

        foreach (string used in Used)
        {
            text.Append("uses ").Append(used).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <inheritdoc/>
    public bool Equals(Holding? other) => other is not null && Accepted.SequenceEqual(other.Accepted, StringComparer.Ordinal) && Used.SequenceEqual(other.Used, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Holding);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Accepted.Count, Used.Count, Accepted.FirstOrDefault(), Used.FirstOrDefault());

    private bool AcceptsAll(ImmutableSortedSet<string> used)
    {
        foreach (string one in used)
        {
            if (!Accepted.Contains(one))
            {
                return false;
            }
        }

        return true;
    }
}
