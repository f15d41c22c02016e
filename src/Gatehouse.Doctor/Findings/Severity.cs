namespace Gatehouse.Doctor.Findings;

/// <summary>How bad a finding is, in rising order.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing is open by it.</summary>
    Info,

    /// <summary>Hardening that is left undone.</summary>
    Low,

    /// <summary>Helps whoever has got in somewhere else.</summary>
    Medium,

    /// <summary>Opens something to whoever sits in the right place.</summary>
    High,

    /// <summary>Open to anybody who can reach it.</summary>
    Critical,
}
