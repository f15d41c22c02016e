namespace Gatehouse.Doctor.Texts;

/// <summary>What is known of a setting.</summary>
public enum SettingKind
{
    /// <summary>Nothing sets it: the system's default is in force.</summary>
    Missing = 0,

    /// <summary>Something sets it, to what cannot be told: a substitution or variable whose value is not known here.</summary>
    Unknown = 1,

    /// <summary>It is set to null, or to nothing.</summary>
    Null = 2,

    /// <summary><c>true</c> or <c>false</c>, without quotes.</summary>
    Boolean = 3,

    /// <summary>A number without quotes.</summary>
    Number = 4,

    /// <summary>A text, quoted or not.</summary>
    Text = 5,

    /// <summary>A list; its items are named from 0.</summary>
    List = 6,

    /// <summary>An object: names with values.</summary>
    Map = 7,
}
