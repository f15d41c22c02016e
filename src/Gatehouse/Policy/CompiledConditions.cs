using System.Net;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Policy;

/// <summary>The conditions of a grant, parsed. Immutable; checked without allocation.</summary>
internal sealed class CompiledConditions
{
    /// <summary>The highest quality of service.</summary>
    public const byte MaxQos = 2;

    /// <summary>Networks the client must come from, or null for any.</summary>
    public SourceRanges? Sources { get; init; }

    /// <summary>Gates through which it must have come; empty for any.</summary>
    public string[] Gates { get; init; } = [];

    /// <summary>Whether a verified client certificate is needed.</summary>
    public bool ClientCertificate { get; init; }

    /// <summary>Holds from here on, UTC ticks.</summary>
    public long NotBefore { get; init; } = long.MinValue;

    /// <summary>Holds until before this, UTC ticks.</summary>
    public long NotAfter { get; init; } = long.MaxValue;

    /// <summary>First minute of the day, or -1 for all day.</summary>
    public int FirstMinute { get; init; } = -1;

    /// <summary>The minute of the day at which it ends; smaller than the first one: over midnight.</summary>
    public int EndMinute { get; init; } = -1;

    /// <summary>Qualities of service that it holds for, a bit each; 0 for any.</summary>
    public byte Qos { get; init; }

    /// <summary>Whether it holds for messages to be retained or for others only; null for both.</summary>
    public bool? Retain { get; init; }

    /// <summary>Whether it holds only for what is the principal's own.</summary>
    public bool Own { get; init; }

    /// <summary>The first condition that fails. One that cannot be evaluated fails for an allow and holds for a deny.</summary>
    public FailedCondition Check(in AuthorizationContext context, GrantEffect effect)
    {
        if (Sources is not null && !(context.Source is IPAddress source ? Sources.Contains(source) : effect == GrantEffect.Deny))
        {
            return FailedCondition.Source;
        }

        if (Gates.Length > 0 && !(context.Gate is string gate ? Array.IndexOf(Gates, gate) >= 0 : effect == GrantEffect.Deny))
        {
            return FailedCondition.Gate;
        }

        if (ClientCertificate && !context.HasClientCertificate)
        {
            return FailedCondition.ClientCertificate;
        }

        if (Qos != 0 && !(context.Qos is byte qos and <= MaxQos ? IsAmong(qos) : effect == GrantEffect.Deny))
        {
            return FailedCondition.Qos;
        }

        if (Retain is bool retain && !(context.Retain is bool asked ? asked == retain : effect == GrantEffect.Deny))
        {
            return FailedCondition.Retain;
        }

        // What nobody asked about is nobody's own, for a deny too: there is nothing here that could not be evaluated.
        if (Own && context.Ownership != Ownership.Own)
        {
            return FailedCondition.Own;
        }

        return HoldsAt(context.Now.UtcTicks) ? FailedCondition.None : FailedCondition.Time;
    }

    /// <summary>Whether they hold under circumstances of which some may be open; agrees with <see cref="Check"/> where none is.</summary>
    public Fit FitOf(in Circumstances circumstances)
    {
        long ticks = circumstances.Now.UtcTicks;
        bool isClosed = (Sources is not null && circumstances.Source is { } source && !Sources.Contains(source))
            || (Gates.Length > 0 && circumstances.Gate is { } gate && Array.IndexOf(Gates, gate) < 0)
            || (ClientCertificate && circumstances.HasClientCertificate == false)
            || (Qos != 0 && circumstances.Qos is byte qos && !IsAmong(qos))
            || (Retain is bool retain && circumstances.Retain == !retain)
            || (Own && circumstances.Own == false)
            || (circumstances.IsTimeExact ? !HoldsAt(ticks) : !IsWithin(ticks));
        bool isOpen = (Sources is not null && circumstances.Source is null)
            || (Gates.Length > 0 && circumstances.Gate is null)
            || (ClientCertificate && circumstances.HasClientCertificate is null)
            || (Qos != 0 && circumstances.Qos is null)
            || (Retain is not null && circumstances.Retain is null)
            || (Own && circumstances.Own is null)
            || (FirstMinute >= 0 && !circumstances.IsTimeExact);
        return isClosed ? Fit.No : isOpen ? Fit.Maybe : Fit.Yes;
    }

    /// <summary>UTC ticks of the next moment at which they may begin or cease to hold; <see cref="long.MaxValue"/>: never.</summary>
    public long NextChange(long ticks)
    {
        long next = Math.Min(NotBefore > ticks ? NotBefore : long.MaxValue, NotAfter > ticks ? NotAfter : long.MaxValue);
        return FirstMinute < 0 ? next : Math.Min(next, Math.Min(NextMinute(ticks, FirstMinute), NextMinute(ticks, EndMinute)));
    }

    private static long NextMinute(long ticks, int minute)
    {
        long at = ticks - (ticks % TimeSpan.TicksPerDay) + (minute * TimeSpan.TicksPerMinute);
        return at > ticks ? at : at + TimeSpan.TicksPerDay;
    }

    private bool IsAmong(byte qos) => qos <= MaxQos && ((Qos >> qos) & 1) != 0;

    private bool IsWithin(long ticks) => ticks >= NotBefore && ticks < NotAfter;

    private bool HoldsAt(long ticks)
    {
        if (!IsWithin(ticks))
        {
            return false;
        }

        if (FirstMinute < 0)
        {
            return true;
        }

        int minute = (int)(ticks / TimeSpan.TicksPerMinute % 1440);
        return FirstMinute < EndMinute
            ? minute >= FirstMinute && minute < EndMinute
            : minute >= FirstMinute || minute < EndMinute;
    }
}
